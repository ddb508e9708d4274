"""SDK: documents: sent, followed until they are found, looked at, replaced and deleted."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from os import PathLike
from typing import Any

from ..sending import HasId, file_to_send, given, id_of, path_of
from ..shapes.knowing import Chunk, Document, DocumentEvent
from .collections import MATRIX, at
from .transport import Transport

_Source = str | PathLike[str] | bytes


class Documents:
    """Documents of collections."""

    def __init__(self, transport: Transport):
        self._transport = transport

    async def ingest(
        self,
        source: _Source,
        *,
        into: HasId | str,
        name: str | None = None,
        media_type: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Taken:
        """Send a file by its path, or bytes with a name."""
        file = file_to_send(source, name, media_type)
        fields = {"metadata": json.dumps(metadata)} if metadata else {}
        said = await self._transport.send_file("POST", at(into, "documents"), file, fields)
        return Taken(Document.read(said), self)

    async def ingest_text(
        self, text: str, *, into: HasId | str, name: str, metadata: Mapping[str, Any] | None = None
    ) -> Taken:
        """Send a text."""
        return await self.ingest(text.encode(), into=into, name=name, media_type="text/plain", metadata=metadata)

    async def ingest_url(
        self, url: str, *, into: HasId | str, name: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> Taken:
        """Have the server fetch a document; the same address again looks whether it has changed."""
        body = given(url=url, name=name, metadata=metadata)
        said = await self._transport.create(at(into, "documents", "from-url"), body)
        return Taken(Document.read(said), self)

    def list(
        self, collection: HasId | str, *, status: str | None = None, name: str | None = None
    ) -> AsyncGenerator[Document, None]:
        """Those of a collection; in a status, or with a name that begins so."""
        return self._transport.every(at(collection, "documents"), Document, status=status, name=name)

    async def get(self, document: HasId | str) -> Document:
        """One, by its id alone."""
        return Document.read(await self._transport.get(MATRIX + path_of("documents", id_of(document))))

    async def replace(
        self, document: Document | str, source: _Source, *, name: str | None = None, media_type: str | None = None
    ) -> Taken:
        """Send another version; the old text answers until the new one can be found."""
        place = await self._place(document, "content")
        known = document.name if isinstance(document, Document) else None
        file = file_to_send(source, name or (known if isinstance(source, bytes) else None), media_type)
        return Taken(Document.read(await self._transport.send_file("PUT", place, file, {})), self)

    async def change(self, document: Document | str, **fields: Any) -> Document:
        """Change its name or metadata."""
        return Document.read(await self._transport.patch(await self._place(document), fields))

    async def retry(self, document: Document | str) -> Taken:
        """Try again now what has failed or waits."""
        return Taken(Document.read(await self._transport.post(await self._place(document, "retry"))), self)

    async def delete(self, document: Document | str) -> None:
        """Delete it: unreadable at once, and soon erased from every store."""
        await self._transport.delete(await self._place(document))

    def chunks(self, document: HasId | str) -> AsyncGenerator[Chunk, None]:
        """The passages by which it is found."""
        return self._transport.every(MATRIX + path_of("documents", id_of(document), "chunks"), Chunk)

    async def content(self, document: HasId | str) -> AsyncGenerator[bytes, None]:
        """The file itself, a piece at a time."""
        path = MATRIX + path_of("documents", id_of(document), "content")
        async with self._transport.open("GET", path) as answer:
            async for piece in answer.aiter_bytes():
                yield piece

    async def follow(self, document: Document | str) -> AsyncGenerator[DocumentEvent, None]:
        """Where it is on its way, until it is found or has failed."""
        place = await self._place(document, "events")
        ends = {"indexed", "failed"}
        async with aclosing(self._transport.events(place, last=lambda event: event.name in ends)) as told:
            async for event in told:
                yield DocumentEvent.read({**event.said(), "event": event.name})

    async def _place(self, document: Document | str, *rest: str) -> str:
        found = document if isinstance(document, Document) else await self.get(document)
        return at(found.collection_id, "documents", found.id, *rest)


@dataclass(frozen=True, slots=True)
class Taken:
    """A document that the server has taken in, and is working on."""

    document: Document
    _documents: Documents

    @property
    def id(self) -> str:
        """What it is called by."""
        return self.document.id

    def follow(self) -> AsyncGenerator[DocumentEvent, None]:
        """Where it is on its way, until it is found or has failed."""
        return self._documents.follow(self.document)

    async def wait(self) -> Document:
        """Wait until it is found or has failed."""
        async with aclosing(self.follow()) as told:
            async for _ in told:
                pass
        return await self._documents.get(self.document.id)
