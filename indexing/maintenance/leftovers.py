"""Knowing, maintenance: editions that answer nobody and will not, taken away in slices out of store and rows."""

from __future__ import annotations

from collections.abc import Collection as Many
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, func, or_, select

from app.db.tenancy import Reach, TenantSession
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.chunks import AT_ONCE, remove_chunks
from indexing.editions.tables import ChunkRow, Edition
from indexing.maintenance.tables import Rechunk
from indexing.pipeline.faults import CollectionPoint, reached
from indexing.pipeline.superseded import take_out_of_graph
from indexing.pipeline.workshop import Workshop
from indexing.stores.vectors import Index

_EDITIONS = 200  # looked at together


async def take_some_away(workshop: Workshop, index: Index) -> bool:
    """Take a slice of what is left over beside what answers; says whether there may be more."""
    reach, transactions = Reach.one(index.tenant_id), workshop.transactions
    async with transactions.open(reach, writes=False) as transaction:
        editions = await _left_over(transaction.session, index.collection_id)
        chunks = await _chunks_of(transaction.session, editions) if editions else []
    if chunks:
        await workshop.vectors.remove(index, chunks)  # first: the rows are the way to what the store holds
        reached(CollectionPoint.TIDIED)
    if editions:
        if len(chunks) < AT_ONCE:
            await take_out_of_graph(workshop, index, editions)
        async with transactions.open(reach) as transaction:
            await remove_chunks(transaction.session, chunks)
            if len(chunks) < AT_ONCE:
                gone = delete(Edition).where(Edition.id.in_(editions))
                await transaction.session.execute(gone, execution_options={"synchronize_session": False})
        if len(chunks) < AT_ONCE:
            await take_out_of_graph(workshop, index, editions)  # what was on its way in while their rows were there
    return bool(editions)


async def _left_over(session: TenantSession, collection_id: str) -> Sequence[str]:
    """Some editions that nobody answers with, and nobody will; what is so once stays so.

    Asked as one question: between two, an edition could begin to answer that the first was right to call idle.
    """
    wanted = (
        select(Edition.id)
        .join(Document, Document.id == Edition.document_id)
        .join(Collection, Collection.id == Edition.collection_id)
        .outerjoin(Rechunk, and_(Rechunk.collection_id == Collection.id, Rechunk.ended_at.is_(None)))
        .where(Collection.id == collection_id, _useless())
    )
    return (await session.scalars(wanted.limit(_EDITIONS))).all()


def _useless() -> ColumnElement[bool]:
    """An edition given up, of a content that has been replaced, or of a generation that answers no more."""
    answers = func.coalesce(Document.edition_id, "") == Edition.id
    of_old_content = Edition.content_version != Document.content_version
    given_up = and_(
        Edition.generation > Collection.generation, Edition.generation != func.coalesce(Rechunk.generation, 0)
    )
    return or_(
        given_up,
        # Ready or not, the newest content is being built, or waits for what its document waits for.
        and_(Edition.generation == Collection.generation, of_old_content, ~answers),
        and_(Edition.generation < Collection.generation, Document.run.is_(None), ~answers),
    )


async def _chunks_of(session: TenantSession, edition_ids: Many[str]) -> list[str]:
    wanted = select(ChunkRow.id).where(ChunkRow.edition_id.in_(edition_ids)).limit(AT_ONCE)
    return list(await session.scalars(wanted))
