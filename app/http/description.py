"""Roof, HTTP: the OpenAPI description: what FastAPI cannot see is added here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from app.http.described import HEADERS, IDEMPOTENCY_KEY, IF_MATCH, IF_NONE_MATCH, PARAMETERS, TAGS, TENANT
from app.http.errors import PROBLEM
from app.http.gate import Gate, gate_of
from app.http.openai.wire import OpenAIChatCreate, OpenAIEmbedCreate, OpenAIError
from app.http.route import GatedRoute
from app.http.wire.errors import ErrorEnvelope, Problem
from app.http.wire.inference import ChatCreate, EmbedCreate, GenerateCreate

_READ_BY_HAND = (ChatCreate, EmbedCreate, GenerateCreate, OpenAIChatCreate, OpenAIEmbedCreate)
_SCHEMAS = "#/components/schemas/"
_WITHOUT_VERSION = {"/v1/api-keys/{key_id}", "/v1/modules/{module_id}/config"}
_LIST = "/v1/modules/scaimatrix/permissions/{type}/{id}"
_WITH_VERSION = {_LIST, f"{_LIST}/aces"}  # what is changed there has its version at another path
_IN_PATH = re.compile(r"\{(\w+)\}")
_CHANGES = {"put", "patch", "delete", "post"}
_LONGEST_ID = 64
_LONGEST_SLUG = 190

Said = dict[str, Any]


def responses_of(prefix: str) -> dict[int | str, Said]:
    """How the failures of a surface look."""
    if prefix.startswith("/oai"):
        said = {"application/json": {"schema": {"$ref": f"{_SCHEMAS}OpenAIError"}}}
    else:
        said = {
            "application/json": {"schema": {"$ref": f"{_SCHEMAS}ErrorEnvelope"}},
            PROBLEM: {"schema": {"$ref": f"{_SCHEMAS}Problem"}},
        }
    return {"4XX": {"description": "Refused", "content": said}, "5XX": {"description": "Failed", "content": said}}


def describe(app: FastAPI) -> Said:
    """Return the description, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes, tags=TAGS)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        shapes = (*_READ_BY_HAND, OpenAIError, ErrorEnvelope, Problem)
        modes: Any = [(shape, "validation") for shape in shapes]
        _, extra = models_json_schema(modes, ref_template=_SCHEMAS + "{model}")
        for name, schema in extra.get("$defs", {}).items():
            schemas.setdefault(name, schema)
        made["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "description": "An API key (`sgk_…`) or a ScaiKey token."}
        }
        made["components"]["headers"] = HEADERS
        for route, method, operation in _operations(app, made):
            _complete(operation, route.path_format, method, gate_of(route.endpoint), made["paths"])
        app.openapi_schema = made
    return app.openapi_schema


def _operations(app: FastAPI, made: Said) -> Iterator[tuple[GatedRoute, str, Said]]:
    for route in app.state.routes:
        for method in sorted(route.methods) if route.include_in_schema else ():
            yield route, method.lower(), made["paths"][route.path_format][method.lower()]


def _complete(operation: Said, path: str, method: str, gate: Gate, paths: Said) -> None:
    """Say of one operation what its gate does before FastAPI is asked."""
    operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
    if not gate.public:
        operation["security"] = [{"bearer": []}]
    parameters: list[Said] = operation.get("parameters", [])
    named = {parameter["name"] for parameter in parameters}
    parameters += _taken_by(gate, named)
    parameters += [_in_path(name) for name in _IN_PATH.findall(path) if name not in named]
    changes_here = path not in _WITHOUT_VERSION and {"put", "patch"} & paths[path].keys()
    if changes_here or path in _WITH_VERSION:
        _versioned(operation, method, parameters)
    for parameter in parameters:
        _bounded(parameter)
    if parameters:
        operation["parameters"] = parameters
    for status, response in operation["responses"].items():
        response["headers"] = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}} | response.get("headers", {})
        if status in {"4XX", "5XX"}:
            response["headers"]["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}


def _taken_by(gate: Gate, named: set[str]) -> Iterator[Said]:
    if gate.transaction and not gate.public and "tenant_id" not in named:
        yield dict(TENANT)
    if gate.creates:
        yield IDEMPOTENCY_KEY


def _in_path(name: str) -> Said:
    """A part of the path that only the guard of the route looks at."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _versioned(operation: Said, method: str, parameters: list[Said]) -> None:
    if method in _CHANGES:
        parameters.append(IF_MATCH)
    elif method == "get":
        parameters.append(IF_NONE_MATCH)
        operation["responses"]["304"] = {"description": "Still what you have"}
        operation["responses"]["200"]["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}


def _bounded(parameter: Said) -> None:
    """Describe a parameter, and say how long a name in a path can be; a longer one names nothing."""
    name = parameter["name"]
    if parameter["in"] == "path" and name == "tenant_id":
        parameter["description"] = "A tenant's id."  # elsewhere it is the tenant to act in
    parameter.setdefault("description", PARAMETERS.get(name, f"Only those of this {name.replace('_', ' ')}."))
    if parameter["in"] == "path":
        schema = parameter["schema"]
        schema.setdefault("minLength", 1)
        schema.setdefault("maxLength", _LONGEST_SLUG if name in {"ref", "slug"} else _LONGEST_ID)
