"""Knowing, maintenance: editions that answer nobody and will not, taken away in slices out of store and rows."""

from __future__ import annotations

from collections.abc import Collection as Many
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select

from app.db.tenancy import Reach, TenantSession
from indexing.documents.tables import Document
from indexing.editions.chunks import AT_ONCE, remove_chunks
from indexing.editions.tables import BUILDING, READY, ChunkRow, Edition
from indexing.maintenance.tables import Rechunk
from indexing.pipeline.faults import CollectionPoint, reached
from indexing.pipeline.superseded import take_out_of_graph
from indexing.pipeline.workshop import Workshop
from indexing.stores.vectors import Index

_EDITIONS = 200  # looked at together


async def take_some_away(workshop: Workshop, index: Index, generation: int) -> bool:
    """Take a slice of what is left over beside the generation that answers; says whether there may be more."""
    reach, transactions = Reach.one(index.tenant_id), workshop.transactions
    async with transactions.open(reach, writes=False) as transaction:
        editions = await _left_over(transaction.session, index.collection_id, generation)
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


async def _left_over(session: TenantSession, collection_id: str, generation: int) -> Sequence[str]:
    target = select(Rechunk.generation).where(Rechunk.collection_id == collection_id, Rechunk.ended_at.is_(None))
    built_now = await session.scalar(target)
    wanted = select(Edition.id).where(Edition.collection_id == collection_id, _useless(generation, built_now))
    return (await session.scalars(wanted.limit(_EDITIONS))).all()


def _useless(generation: int, built_now: int | None) -> ColumnElement[bool]:
    """What nobody answers with, and nobody is at work on."""
    answers = exists().where(Document.edition_id == Edition.id)
    worked_on = exists().where(Document.id == Edition.document_id, Document.run.is_not(None))
    given_up = Edition.generation > generation
    if built_now is not None:
        given_up = and_(given_up, Edition.generation != built_now)
    return or_(
        given_up,
        and_(Edition.generation <= generation, Edition.state == READY, ~answers),
        and_(Edition.generation < generation, Edition.state == BUILDING, ~worked_on),
    )


async def _chunks_of(session: TenantSession, edition_ids: Many[str]) -> list[str]:
    wanted = select(ChunkRow.id).where(ChunkRow.edition_id.in_(edition_ids)).limit(AT_ONCE)
    return list(await session.scalars(wanted))
