"""Knowing, documents: what is looked for, and what was found, on its way to the chokepoint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.paging import Order
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents of a collection are looked for; None is any."""

    collection_id: str
    status: str | None = None
    name_prefix: str | None = None
    order: Order = "desc"


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A document, whose it is, and whether it waits for its suspended tenant."""

    row: Document
    owner_id: str | None
    stands_still: bool = False

    @property
    def id(self) -> str:
        """Its id."""
        return self.row.id

    @property
    def document_id(self) -> str:
        """Where it comes from: itself."""
        return self.row.id


@dataclass(frozen=True, slots=True)
class FoundChunk:
    """A passage of a document."""

    row: ChunkRow

    @property
    def document_id(self) -> str:
        """The document it is from."""
        return self.row.document_id


@dataclass(frozen=True, slots=True)
class Mention:
    """A document of which no more is known than its id."""

    document_id: str


@dataclass(frozen=True, slots=True)
class Change:
    """That a document changed: how often it has by now, and when it did last."""

    document_id: str
    changes: int
    at: datetime
