"""Roof, HTTP: the OpenAPI description: what FastAPI cannot see is added here."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from app.http.errors import PROBLEM
from app.http.openai.wire import OpenAIChatCreate, OpenAIEmbedCreate, OpenAIError
from app.http.wire.errors import ErrorEnvelope, Problem
from app.http.wire.inference import ChatCreate, EmbedCreate, GenerateCreate

_READ_BY_HAND = (ChatCreate, EmbedCreate, GenerateCreate, OpenAIChatCreate, OpenAIEmbedCreate)
_SCHEMAS = "#/components/schemas/"


def responses_of(prefix: str) -> dict[int | str, dict[str, Any]]:
    """How the failures of a surface look."""
    if prefix.startswith("/oai"):
        said = {"application/json": {"schema": {"$ref": f"{_SCHEMAS}OpenAIError"}}}
    else:
        said = {
            "application/json": {"schema": {"$ref": f"{_SCHEMAS}ErrorEnvelope"}},
            PROBLEM: {"schema": {"$ref": f"{_SCHEMAS}Problem"}},
        }
    return {"4XX": {"description": "Refused", "content": said}, "5XX": {"description": "Failed", "content": said}}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        shapes = (*_READ_BY_HAND, OpenAIError, ErrorEnvelope, Problem)
        modes: Any = [(shape, "validation") for shape in shapes]
        _, extra = models_json_schema(modes, ref_template=_SCHEMAS + "{model}")
        for name, schema in extra.get("$defs", {}).items():
            schemas.setdefault(name, schema)
        made["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        _close(made)
        app.openapi_schema = made
    return app.openapi_schema


def _close(made: dict[str, Any]) -> None:
    """Say of every operation that it wants a credential, but of the open ones."""
    for path in made["paths"].values():
        for operation in path.values():
            if "public" not in operation.get("tags", ()):
                operation["security"] = [{"bearer": []}]
