"""Roof, HTTP shapes: what the OpenAPI description says of bodies that routes read themselves."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


def body_of(shape: type[BaseModel]) -> dict[str, Any]:
    """Describe the JSON body of a route; the schema itself is listed by the application."""
    reference = {"$ref": f"#/components/schemas/{shape.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": reference}}}}


def file_of(*media_types: str, row: type[BaseModel] | None = None) -> dict[int | str, dict[str, Any]]:
    """Describe an answer that is a file of one of these types; as JSON it is a list of rows."""
    kept: dict[str, Any] = {media.partition(";")[0]: {"schema": {"type": "string"}} for media in media_types}
    if row is not None:
        rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{row.__name__}"}}
        kept["application/json"] = {"schema": rows}
    return {200: {"description": "The file", "content": kept}}


def or_stream() -> dict[int | str, dict[str, Any]]:
    """Describe an answer that may also be a stream of frames."""
    return {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}
