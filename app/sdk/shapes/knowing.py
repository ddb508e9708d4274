"""SDK shapes: collections, documents and their way to being found, and what searches find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..shape import Shape

ENDS = frozenset({"indexed", "failed", "removed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection(Shape):
    """Documents that are kept, searched and shared together."""

    id: str
    name: str
    slug: str
    description: str
    embedding_model: str
    default_access: str
    user_permission: str | None
    document_count: int
    chunk_count: int
    total_size_bytes: int
    graph_enabled: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Shape):
    """What is being done, and how far it is."""

    name: str
    done: int
    of: int
    since: datetime

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Shape):
    """A document of a collection."""

    id: str
    collection_id: str
    name: str
    status: str
    stage: Stage
    source: str
    source_url: str | None
    mime_type: str | None
    size_bytes: int
    sha256: str | None
    chunk_count: int
    content_version: int
    attempt: int
    waiting_for: str | None
    next_try_at: datetime | None
    error_code: str | None
    error_message: str | None
    warnings: tuple[str, ...] = ()
    metadata: Mapping[str, Any]
    owner_id: str | None
    created_at: datetime
    updated_at: datetime
    indexed_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether it stays as it is until somebody wants something else."""
        return self.status in ENDS


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEvent(Shape):
    """Where a document is on its way; `event` is `progress`, or what came of it: indexed, failed, removed."""

    event: str
    id: str
    name: str = ""
    status: str = "removed"
    stage: Stage | None
    waiting_for: str | None
    next_try_at: datetime | None
    error_code: str | None
    error_message: str | None
    warnings: tuple[str, ...] = ()
    chunk_count: int = 0

    @property
    def done(self) -> int:
        """Of what is being done, so much is."""
        return self.stage.done if self.stage else 0

    @property
    def of(self) -> int:
        """What there is to be done at this stage."""
        return self.stage.of if self.stage else 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come."""
        return self.event in ENDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk(Shape):
    """A passage by which a document is found."""

    id: str
    chunk_index: int
    content: str
    page: int | None
    section: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Named:
    """A document that a hit is of."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why(Shape):
    """What each ranker says of a hit, from 0 to 1; None where it was not asked."""

    vector: float | None
    keyword: float | None
    graph: float | None
    rerank: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld(Shape):
    """A document that you would find, and somebody else may not read."""

    document_id: str
    document_name: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit(Shape):
    """A passage that was found; `start` and `end` count characters of its document's text."""

    document_id: str
    document_name: str
    collection_id: str
    chunk_id: str
    chunk_index: int
    content: str
    score: float
    page: int | None
    section: str | None
    start: int
    end: int
    snippet: str
    metadata: Mapping[str, Any]
    why: Why | None = None  # where it was asked

    @property
    def document(self) -> Named:
        """The document it is of."""
        return Named(self.document_id, self.document_name)

    @property
    def quote(self) -> str:
        """The words of it that fit best."""
        return self.snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTook(Shape):
    """How long a search was at one thing."""

    stage: str
    ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Took(Shape):
    """What the time of a search went into, in whole milliseconds; the stages make the total."""

    total_ms: int
    stages: tuple[StageTook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Shape):
    """What a search found, best first: a sequence of hits, and how the search went."""

    hits: tuple[Hit, ...]
    status: str  # ok, empty, partial or degraded
    search_type: str
    confidence: float
    away: tuple[str, ...]
    withheld: tuple[Withheld, ...] = ()  # of a search as somebody else
    took: Took | None = None  # where `why` was asked

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)

    def __getitem__(self, place: int) -> Hit:
        return self.hits[place]
