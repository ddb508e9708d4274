"""Roof, HTTP: a file of things and relations, one JSON object on each line, read and checked before any is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.message import Message
from typing import Annotated, Any

from fastapi import Request
from pydantic import Field, TypeAdapter, ValidationError

from app.errors import FieldIssue, UnsupportedMediaType, ValidationFailed
from app.http.json_body import NotJson, read_json
from app.http.wire.graph_edits import EdgeImport, NodeImport
from rag.graphs.importing import EdgeLine, NodeLine

MOST_LINES = 50_000
_MOST_ISSUES = 20
_TYPES = {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "text/plain"}
_LINE: TypeAdapter[NodeImport | EdgeImport] = TypeAdapter(
    Annotated[NodeImport | EdgeImport, Field(discriminator="kind")]
)
NDJSON: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {
                "schema": {
                    "type": "string",
                    "description": 'Lines {"kind":"node", name, labels?, properties?} and {"kind":"edge", source_id, '
                    "target_id, type, properties?}; an edge may name nodes of the same file by their names.",
                }
            }
        },
    }
}


def expect_lines(request: Request) -> None:
    """Refuse a body that says it is something else."""
    said = Message()
    said["content-type"] = request.headers.get("content-type", "")
    if said.get_content_type() not in _TYPES:
        raise UnsupportedMediaType("Send one JSON object per line, with `Content-Type: application/x-ndjson`.")


def lines_of(body: bytes) -> Sequence[NodeLine | EdgeLine]:
    """What a file says; where anything is wrong with it, the first lines with what is wrong."""
    issues: list[FieldIssue] = []
    found: list[NodeLine | EdgeLine] = []
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line.strip():
            continue
        if len(found) == MOST_LINES:
            raise ValidationFailed.of(f"line {number}", f"a file has at most {MOST_LINES} lines; send several")
        try:
            found.append(_LINE.validate_python(read_json(line)).taken(number))
        except ValueError as error:
            issues += _issues(number, error)
            if len(issues) >= _MOST_ISSUES:
                break
    if issues:
        raise ValidationFailed(f"{issues[0].field}: {issues[0].message}", details=issues)
    return found


def _issues(number: int, error: ValueError) -> Iterator[FieldIssue]:
    if isinstance(error, NotJson):
        yield FieldIssue(f"line {number}", error.reason)
        return
    if not isinstance(error, ValidationError):
        yield FieldIssue(f"line {number}", str(error))
        return
    for fault in error.errors(include_input=False, include_url=False)[:_MOST_ISSUES]:
        place = ".".join(str(part) for part in fault["loc"] if part not in {"node", "edge"})
        yield FieldIssue(f"line {number}", f"{place}: {fault['msg']}" if place else fault["msg"])
