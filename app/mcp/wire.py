"""Roof, MCP shapes: what tools are asked, and what they answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints

from app.http.envelope import Wire
from app.http.wire.revealing import Revealing
from app.http.wire.search import QueryText
from indexing.documents.found import FoundChunk, FoundDocument
from rag.retrieval.passages import Passage

Named = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class SearchAsked(Wire):
    """A question to what its asker may read."""

    query: QueryText = Field(description="What to look for, in plain words; a whole question is best.")
    collection: Named | None = Field(
        None, description="Look only in this collection: its id, slug or name. Left out: in all of them."
    )
    limit: Annotated[int, Field(ge=1, le=25, strict=True)] = Field(10, description="How many documents at most.")


class FetchAsked(Wire):
    """Which document is to be read, and from where."""

    id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)] = Field(
        description="The id of a document, as search gives it."
    )
    after: Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)] | None = Field(
        None, description="To read on in a long document: the number that `metadata.continue_after` said."
    )


class AskAsked(Wire):
    """A question to an assistant."""

    persona: Named = Field(description="The assistant: its id, slug or name; list_collections names them.")
    question: QueryText = Field(description="The question, complete in itself: nothing is remembered.")


class ListAsked(Wire):
    """Nothing needs to be said."""


class ResultRead(Revealing[Passage]):
    """A document that answers, by the passage of it that answers best."""

    id: str
    title: str
    snippet: str
    score: float
    collection_id: str
    page: int | None

    @classmethod
    def _shown(cls, seen: Passage) -> Self:
        return cls(
            id=seen.document_id,
            title=seen.document_name,
            snippet=seen.content,
            score=round(seen.score, 4),
            collection_id=seen.collection_id,
            page=seen.page,
        )


class LinkedResult(Wire):
    """A ResultRead, and where people read it."""

    id: str
    title: str
    url: str
    snippet: str
    score: float
    collection_id: str
    page: int | None


class SearchAnswered(Wire):
    """What answers, best first."""

    results: list[LinkedResult]
    status: str = Field(description="ok, empty, partial or degraded: whether more might be found at another time.")
    note: str | None = Field(default=None, description="What was not looked through, if there is such.")


class AboutRead(Revealing[FoundDocument]):
    """What is known of a document beside its text."""

    id: str
    title: str
    collection_id: str
    mime_type: str | None
    source_url: str | None
    updated_at: datetime
    details: dict[str, Any]

    @classmethod
    def _shown(cls, seen: FoundDocument) -> Self:
        row = seen.row
        plain = ("collection_id", "mime_type", "source_url", "updated_at")
        return cls(id=row.id, title=row.name, details=row.details, **{name: getattr(row, name) for name in plain})


class PieceRead(Revealing[FoundChunk]):
    """A piece of a document's text, and where it stands there."""

    index: int
    text: str
    start: int
    end: int

    @classmethod
    def _shown(cls, seen: FoundChunk) -> Self:
        row = seen.row
        return cls(index=row.chunk_index, text=row.content, start=row.start, end=row.end)


class FetchAnswered(Wire):
    """A document."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, Any]


class CitationTold(Wire):
    """What a number in an answer names."""

    marker: int
    document_id: str | None
    title: str
    quote: str
    url: str | None
    page: int | None


class AskAnswered(Wire):
    """An answer, and what it was made of."""

    answer: str
    persona: str
    citations: list[CitationTold]
    status: str | None


class CollectionTold(Wire):
    """A collection, as its reader sees it."""

    id: str
    slug: str
    name: str
    description: str
    document_count: int


class PersonaTold(Wire):
    """An assistant that can be asked."""

    id: str
    slug: str
    name: str
    description: str


class ListAnswered(Wire):
    """What somebody can read, and whom they can ask."""

    collections: list[CollectionTold]
    personas: list[PersonaTold]
    more: bool = Field(description="Whether there are collections beyond those listed.")
