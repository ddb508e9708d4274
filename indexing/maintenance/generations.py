"""Knowing, maintenance: which documents a generation still lacks, and the one moment in which it begins to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from app.db.tenancy import TenantSession
from indexing.collections.tables import COMPLETED, Collection
from indexing.documents.tables import Document
from indexing.editions.tables import READY, Edition
from indexing.graphs.readings import is_read
from indexing.maintenance.rebuilds import IS_HELD, UNCHECKED
from indexing.maintenance.tables import Rechunk


@dataclass(frozen=True, slots=True)
class Lacking:
    """A document that answers, and has no edition of the next generation to go on with, or none that is read."""

    document: Document
    edition_id: str  # that answers
    content_version: int  # of that edition: the newest content may not be read yet

    @property
    def id(self) -> str:
        """The document's id."""
        return self.document.id


async def lacking(
    session: TenantSession, collection_id: str, generation: int, *, after: str = "", limit: int
) -> Sequence[Lacking]:
    """Some documents that still need an edition of a generation, by id."""
    wanted: Any = select(Document, Edition.id, Edition.content_version).select_from(Document)
    some = _lacking(wanted, collection_id, generation).where(Document.id > after)
    found = await session.execute(some.order_by(Document.id).limit(limit))
    return [Lacking(*row) for row in found]


async def lacking_count(session: TenantSession, collection_id: str, generation: int) -> int:
    """How many documents still need an edition of a generation."""
    return await session.scalar(_lacking(select(func.count(Document.id)), collection_id, generation)) or 0


async def held_generations(session: TenantSession, collection_ids: Sequence[str]) -> dict[str, int]:
    """Of some collections, the generations that are built and held back."""
    wanted = select(Rechunk.collection_id, Rechunk.generation).where(Rechunk.collection_id.in_(collection_ids), IS_HELD)
    return {id_: generation for id_, generation in await session.execute(wanted)}  # noqa: C416 - rows are no pairs to mypy


async def following(session: TenantSession, document: Document, generation: int) -> str | None:
    """The edition of a generation that a document goes on with, of the content that answers now, if it has one."""
    answering = select(Edition.content_version).where(Edition.id == document.edition_id).scalar_subquery()
    wanted = select(Edition.id).where(
        Edition.document_id == document.id,
        Edition.generation == generation,
        Edition.content_version == answering,
        Edition.state == READY,
    )
    found: str | None = await session.scalar(wanted)
    return found


async def switch_to(session: TenantSession, collection: Collection, generation: int) -> bool:
    """Let a generation answer from the commit on; refused while a document lacks an edition of it.

    For those who hold the collection: whoever lets a single document answer anew waits for them, and they for it.
    """
    if await lacking(session, collection.id, generation, limit=1):
        return False
    moving = update(Document).where(
        Document.collection_id == collection.id, Document.deleted_at.is_(None), Document.edition_id.is_not(None)
    )
    chosen = {"edition_id": _next(Edition.id, generation), "chunk_count": _next(Edition.chunk_count, generation)}
    moving = moving.where(chosen["edition_id"].is_not(None))
    await session.execute(moving.values(chosen), execution_options=UNCHECKED)
    ended = {"generation": generation, "rechunk_status": COMPLETED, "rechunk_total": Collection.rechunk_processed}
    going_on = update(Collection).where(Collection.id == collection.id).values(**ended)
    await session.execute(going_on, execution_options=UNCHECKED)
    return True


def _lacking(wanted: Any, collection_id: str, generation: int) -> Any:
    built = aliased(Edition)
    keeps_graph = exists().where(Collection.id == collection_id, Collection.graph_enabled)
    reading = select(Collection.graph_generation).where(Collection.id == collection_id).scalar_subquery()
    has_one = exists().where(
        built.document_id == Document.id,
        built.generation == generation,
        built.content_version == Edition.content_version,
        built.state == READY,
        or_(~keeps_graph, is_read(built.id, reading)),
    )
    present = (Document.collection_id == collection_id, Document.deleted_at.is_(None))
    return wanted.join(Edition, Edition.id == Document.edition_id).where(*present, ~has_one)


def _next(column: Any, generation: int) -> ColumnElement[Any]:
    """A column of the edition that a document goes on with: of the content that answers now."""
    answering, following = aliased(Edition), aliased(Edition)
    same = (following.document_id == answering.document_id, following.content_version == answering.content_version)
    chosen = select(getattr(following, column.key)).join(answering, same[0] & same[1])
    chosen = chosen.where(answering.id == Document.edition_id, following.generation == generation)
    return chosen.correlate(Document).scalar_subquery()
