"""Roof, HTTP: a file on its way in: kept while it is read, by whoever is still who they were when they began."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.errors import PayloadTooLarge, ValidationFailed
from app.http.json_body import NotJson, read_json
from app.http.multipart import FormReader, Part
from app.http.visit import Visit
from app.http.wire.documents import DocumentPatch
from indexing.documents.content import Content, ContentKeeping

_MOST_FIELD_BYTES = 256 * 1024
_SURE_SECONDS = 1.0
_FIELDS = ("file", "name", "metadata")
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "The file, with its name."},
                        "name": {"type": "string", "description": "What to call it, if not by the file's name."},
                        "metadata": {"type": "string", "description": "A JSON object, as text."},
                    },
                    "additionalProperties": False,
                }
            }
        },
    }
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is kept, and what was said of it."""

    content: Content
    filename: str
    declared_type: str | None
    said: DocumentPatch

    @property
    def name(self) -> str:
        """What it is to be called."""
        return self.said.name or self.filename

    @property
    def told(self) -> list[Any]:
        """What tells this upload from others; how the form was cut into parts does not."""
        return [self.content.sha256, self.filename, self.declared_type, self.said.model_dump()]


@asynccontextmanager
async def received(visit: Visit, *, document_id: str | None = None) -> AsyncIterator[Upload]:
    """Read a form with a file; unless the block ends well with its content taken, nothing of it is kept."""
    platform = visit.platform
    keeping = ContentKeeping(platform.transactions, platform.blobs)
    form = FormReader(visit.request.headers.get("content-type", ""), aiter(visit.request.stream()))
    file: Part | None = None
    fields: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        async for part in form.parts():
            if part.name in fields or (part.name == "file" and file is not None):
                raise ValidationFailed.of(part.name, "is there twice")
            if part.name == "file":
                file = _as_file(part)
                parts = _watched(visit, form.content())
                kept = keeping.keeping(visit.tenant_id, parts, document_id=document_id)
                content = await stack.enter_async_context(kept)
            else:
                fields[_known(part.name)] = await form.text(part.name, _MOST_FIELD_BYTES)
        if file is None:
            raise ValidationFailed.of("file", "is missing")
        said = _said(visit, fields)
        await visit.require_still()
        yield Upload(content, file.filename or "", file.content_type, said)


async def _watched(visit: Visit, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass a file on; it must not grow too large, nor its sender lose meanwhile what they began with."""
    read, asked, most = 0, time.monotonic(), visit.platform.settings.max_upload_bytes
    async for piece in parts:
        read += len(piece)
        if read > most:
            raise PayloadTooLarge(f"The file is larger than {most} bytes, which is the limit here.")
        if time.monotonic() - asked > _SURE_SECONDS:
            await visit.require_still()
            asked = time.monotonic()
        yield piece


def _as_file(part: Part) -> Part:
    if part.filename is None:
        raise ValidationFailed.of("file", "must be sent as a file, with a filename")
    return part


def _known(name: str) -> str:
    if name not in _FIELDS:
        raise ValidationFailed.of(name[:100], f"unknown field; known are: {', '.join(_FIELDS)}")
    return name


def _said(visit: Visit, fields: dict[str, str]) -> DocumentPatch:
    """Check what was said beside the file, as if it had been JSON."""
    said: dict[str, Any] = dict(fields)
    if "metadata" in fields:
        try:
            said["metadata"] = read_json(fields["metadata"].encode()) if fields["metadata"].strip() else None
        except NotJson:
            raise ValidationFailed.of("metadata", "must be a JSON object, as text") from None
    visit.request.state.body_shape = DocumentPatch
    try:
        return DocumentPatch.model_validate(said)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults, body=said) from None
