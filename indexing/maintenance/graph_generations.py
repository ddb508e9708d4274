"""Knowing, maintenance: which documents an extraction of the graph still lacks, and when it begins to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from app.db.tenancy import TenantSession
from indexing.collections.tables import COMPLETED, Collection
from indexing.documents.tables import Document
from indexing.editions.tables import Edition
from indexing.graphs.readings import is_read
from indexing.maintenance.rebuilds import REEXTRACT, UNCHECKED


@dataclass(frozen=True, slots=True)
class Unread:
    """A document that answers, and of which an extraction has not read all that answers."""

    document: Document
    edition: Edition  # that answers

    @property
    def id(self) -> str:
        """The document's id."""
        return self.document.id


async def unread(
    session: TenantSession, collection_id: str, graph_generation: int, *, after: str = "", limit: int
) -> Sequence[Unread]:
    """Some documents that an extraction still lacks, by id."""
    some = _unread(select(Document, Edition), collection_id, graph_generation).where(Document.id > after)
    return [Unread(*row) for row in await session.execute(some.order_by(Document.id).limit(limit))]


async def unread_count(session: TenantSession, collection_id: str, graph_generation: int) -> int:
    """How many documents an extraction still lacks."""
    counting = _unread(select(func.count(Document.id)).select_from(Document), collection_id, graph_generation)
    return await session.scalar(counting) or 0


async def switch_graph_to(session: TenantSession, collection: Collection, graph_generation: int) -> bool:
    """Let an extraction answer from the commit on; refused while a document lacks it.

    For those who hold the collection: whoever lets a single document answer anew waits for them, and they for it.
    """
    if await unread(session, collection.id, graph_generation, limit=1):
        return False
    shown = REEXTRACT.shown(status=COMPLETED, total=Collection.graph_reextract_processed)
    going_on = update(Collection).where(Collection.id == collection.id)
    await session.execute(going_on.values(graph_generation=graph_generation, **shown), execution_options=UNCHECKED)
    return True


def _unread(wanted: Any, collection_id: str, graph_generation: int) -> Any:
    present = (Document.collection_id == collection_id, Document.deleted_at.is_(None))
    answering = wanted.join(Edition, Edition.id == Document.edition_id)
    return answering.where(*present, ~is_read(Edition.id, graph_generation))
