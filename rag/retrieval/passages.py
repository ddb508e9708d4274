"""Answering: what a store pointed at, as the database has it: the truth about what answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.db.bulk import batches
from app.db.tenancy import TenantSession
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow
from rag.retrieval.snippet import Snippets, Span


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that answers, on its way to the chokepoint."""

    chunk_id: str
    document_id: str
    document_name: str
    details: Mapping[str, Any]
    collection_id: str
    chunk_index: int
    content: str
    start: int  # in the text of its document, as `end`
    end: int
    page: int | None
    section: str | None
    score: float
    snippet: Span  # in the content


async def answering(session: TenantSession, collection_id: str, chunk_ids: Collection[str]) -> set[str]:
    """Those among these chunks that answer: of the edition their document says is its own, and not deleted."""
    found: set[str] = set()
    for some in batches(chunk_ids):
        found.update(await session.scalars(_answering(select(ChunkRow.id), collection_id, some)))
    return found


async def passages(
    session: TenantSession, collection_id: str, scores: Sequence[tuple[str, float]], question: str
) -> list[Passage]:
    """The passages of chunks with their scores, in this order; what does not answer any more is left out."""
    columns = (
        ChunkRow.id,
        ChunkRow.document_id,
        Document.name,
        Document.details,
        ChunkRow.collection_id,
        ChunkRow.chunk_index,
        ChunkRow.content,
        ChunkRow.start,
        ChunkRow.end,
        ChunkRow.page,
        ChunkRow.section,
    )
    wanted = _answering(select(*columns), collection_id, [chunk_id for chunk_id, _ in scores])
    rows = {row[0]: row for row in await session.execute(wanted)}
    snippets, found = Snippets(question), []
    for chunk_id, score in scores:
        if chunk_id in rows:
            made: tuple[Any, ...] = (*rows[chunk_id], score, snippets.of(rows[chunk_id].content))
            found.append(Passage(*made))
    return found


def _answering(wanted: Select[Any], collection_id: str, chunk_ids: Sequence[str]) -> Select[Any]:
    return wanted.join(Document, Document.edition_id == ChunkRow.edition_id).where(
        ChunkRow.id.in_(chunk_ids),
        ChunkRow.collection_id == collection_id,
        Document.id == ChunkRow.document_id,
        Document.deleted_at.is_(None),
    )
