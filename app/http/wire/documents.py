"""Roof, HTTP shapes: documents, where they are on their way to being found, and their passages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints

from app.http.envelope import Wire
from app.http.wire.collections import Metadata
from app.http.wire.names import NameText
from app.http.wire.revealing import Revealing
from app.jobs.standing import STANDS_STILL
from indexing.documents.found import FoundChunk, FoundDocument
from indexing.documents.status import DocumentStatus

Source = Literal["upload", "url", "scaidrive", "crawl"]
UrlText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
DriveId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$")]


class DocumentPatch(Wire):
    """What of a document is to be another; what is left out, or null, stays."""

    name: NameText | None = None
    metadata: Metadata | None = None


class FromUrlCreate(Wire):
    """A document that is to be fetched."""

    url: UrlText
    name: NameText | None = None
    metadata: Metadata | None = None


class FromScaiDriveCreate(Wire):
    """A document that is a file of a share."""

    share_id: DriveId
    file_id: DriveId
    name: NameText | None = None
    metadata: Metadata | None = None


class StageRead(Wire):
    """What is being done, and how far it is."""

    name: DocumentStatus
    done: int
    of: int
    since: datetime


class StandingRead(Revealing[FoundDocument]):
    """Where a document is on its way to being found."""

    id: str
    name: str
    status: DocumentStatus
    stage: StageRead
    attempt: int
    waiting_for: str | None
    next_try_at: datetime | None
    error_code: str | None
    error_message: str | None
    warnings: list[str]
    chunk_count: int
    content_version: int
    updated_at: datetime

    @classmethod
    def _shown(cls, seen: FoundDocument) -> Self:
        return cls(**_standing(seen))


class RemovedRead(Wire):
    """A document that was told of and is there no more for whoever was told."""

    id: str


class DocumentRead(Revealing[FoundDocument]):
    """A document."""

    id: str
    collection_id: str
    owner_id: str | None
    name: str
    metadata: dict[str, Any]
    source: Source
    source_url: str | None
    crawl_id: str | None = Field(description="The saved crawl that brought it, or looked at it last.")
    mime_type: str | None
    size_bytes: int
    sha256: str | None
    content_version: int = Field(description="Another one with every content; 0 until there is any.")
    status: DocumentStatus
    stage: StageRead
    attempt: int
    waiting_for: str | None
    next_try_at: datetime | None
    error_code: str | None
    error_message: str | None
    warnings: list[str]
    chunk_count: int
    created_at: datetime
    updated_at: datetime
    indexed_at: datetime | None

    @classmethod
    def _shown(cls, seen: FoundDocument) -> Self:
        row = seen.row
        return cls(
            **_standing(seen),
            collection_id=row.collection_id,
            owner_id=seen.owner_id,
            metadata=row.details,
            source=row.source,
            source_url=row.source_url,
            crawl_id=row.source_state.get("crawl_id"),
            mime_type=row.mime_type,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            created_at=row.created_at,
            indexed_at=row.indexed_at,
        )


class ChunkRead(Revealing[FoundChunk]):
    """A passage by which a document is found; `start` and `end` count characters of its text."""

    id: str
    chunk_index: int
    content: str
    page: int | None
    section: str | None
    start: int
    end: int

    @classmethod
    def _shown(cls, seen: FoundChunk) -> Self:
        return cls.model_validate({name: getattr(seen.row, name) for name in cls.model_fields})


def _standing(seen: FoundDocument) -> dict[str, Any]:
    row = seen.row
    stage = StageRead(name=DocumentStatus(row.status), done=row.stage_done, of=row.stage_of, since=row.stage_since)
    plain = ("id", "name", "status", "attempt", "waiting_for", "next_try_at", "error_code", "error_message")
    more = ("warnings", "chunk_count", "content_version", "updated_at")
    said = {"stage": stage, **{name: getattr(row, name) for name in (*plain, *more)}}
    if seen.stands_still and not stage.name.is_terminal:
        said |= {"waiting_for": STANDS_STILL, "next_try_at": None}
    return said
