# Made of the module of the same name in `aio` by scripts/colours.py; change that one.
"""SDK: documents: sent, followed until they are found, looked at, replaced and deleted."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import closing
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

    def ingest(
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
        said = self._transport.send_file("POST", at(into, "documents"), file, fields)
        return Taken(Document.read(said), self)

    def ingest_text(
        self, text: str, *, into: HasId | str, name: str, metadata: Mapping[str, Any] | None = None
    ) -> Taken:
        """Send a text."""
        return self.ingest(text.encode(), into=into, name=name, media_type="text/plain", metadata=metadata)

    def ingest_url(
        self, url: str, *, into: HasId | str, name: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> Taken:
        """Have the server fetch a document; the same address again looks whether it has changed."""
        body = given(url=url, name=name, metadata=metadata)
        said = self._transport.create(at(into, "documents", "from-url"), body)
        return Taken(Document.read(said), self)

    def list(
        self, collection: HasId | str, *, status: str | None = None, name: str | None = None
    ) -> Generator[Document, None, None]:
        """Those of a collection; in a status, or with a name that begins so."""
        return self._transport.every(at(collection, "documents"), Document, status=status, name=name)

    def get(self, document: HasId | str) -> Document:
        """One, by its id alone."""
        return Document.read(self._transport.get(MATRIX + path_of("documents", id_of(document))))

    def replace(
        self, document: Document | str, source: _Source, *, name: str | None = None, media_type: str | None = None
    ) -> Taken:
        """Send another version; the old text answers until the new one can be found."""
        place = self._place(document, "content")
        known = document.name if isinstance(document, Document) else None
        file = file_to_send(source, name or (known if isinstance(source, bytes) else None), media_type)
        return Taken(Document.read(self._transport.send_file("PUT", place, file, {})), self)

    def change(self, document: Document | str, **fields: Any) -> Document:
        """Change its name or metadata."""
        return Document.read(self._transport.patch(self._place(document), fields))

    def retry(self, document: Document | str) -> Taken:
        """Try again now what has failed or waits."""
        return Taken(Document.read(self._transport.post(self._place(document, "retry"))), self)

    def delete(self, document: Document | str) -> None:
        """Delete it: unreadable at once, and soon erased from every store."""
        self._transport.delete(self._place(document))

    def chunks(self, document: HasId | str) -> Generator[Chunk, None, None]:
        """The passages by which it is found."""
        return self._transport.every(MATRIX + path_of("documents", id_of(document), "chunks"), Chunk)

    def content(self, document: HasId | str) -> Generator[bytes, None, None]:
        """The file itself, a piece at a time."""
        path = MATRIX + path_of("documents", id_of(document), "content")
        with self._transport.open("GET", path) as answer:
            for piece in answer.iter_bytes():
                yield piece

    def follow(self, document: Document | str) -> Generator[DocumentEvent, None, None]:
        """Where it is on its way, until it is found or has failed."""
        place = self._place(document, "events")
        ends = {"indexed", "failed"}
        with closing(self._transport.events(place, last=lambda event: event.name in ends)) as told:
            for event in told:
                yield DocumentEvent.read({**event.said(), "event": event.name})

    def _place(self, document: Document | str, *rest: str) -> str:
        found = document if isinstance(document, Document) else self.get(document)
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

    def follow(self) -> Generator[DocumentEvent, None, None]:
        """Where it is on its way, until it is found or has failed."""
        return self._documents.follow(self.document)

    def wait(self) -> Document:
        """Wait until it is found or has failed."""
        with closing(self.follow()) as told:
            for _ in told:
                pass
        return self._documents.get(self.document.id)
