"""Knowing, documents: what was found, on its way to the chokepoint."""

from __future__ import annotations

from dataclasses import dataclass

from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A document, and whose it is."""

    row: Document
    owner_id: str | None

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
