"""Knowing, pipeline: editions that will never answer again, taken out of the vector store and then out of the rows."""

from __future__ import annotations

from collections.abc import Collection as Many

from sqlalchemy import select

from app.db.tenancy import Reach, TenantSession
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.building import remove_edition, superseded
from indexing.editions.chunks import remove_chunks, some_chunk_ids
from indexing.editions.tables import Edition
from indexing.graphs.asking import asking_graphs
from indexing.graphs.extractions import forget_unsaid
from indexing.graphs.having import has_graph
from indexing.pipeline.faults import GraphPoint, Point, reached
from indexing.pipeline.workshop import Workshop
from indexing.stores.vectors import Index


async def remove_superseded(workshop: Workshop, tenant_id: str, document_id: str) -> None:
    """Take away what a document's answering edition has superseded; broken off, it is simply done again."""
    async with workshop.transactions.open(Reach.one(tenant_id), writes=False) as transaction:
        session = transaction.session
        collection_of = select(Collection, Document.edition_id).join(Document, Document.collection_id == Collection.id)
        found = (await session.execute(collection_of.where(Document.id == document_id))).one_or_none()
        if found is None:
            return
        collection, answering_id = found
        if answering_id is None:
            return
        editions = await superseded(session, answering_id, collection.generation)
    index = Index(tenant_id, collection.id, collection.index_name)
    for edition_id in editions:
        await take_away(workshop, index, edition_id)


async def take_away(workshop: Workshop, index: Index, edition_id: str) -> None:
    """Take away an edition that answers nobody, a slice at a time: first what stores hold, for rows lead to it.

    One that answers by now is left as it is: another has built it to its end meanwhile.
    """
    reach = Reach.one(index.tenant_id)
    while True:
        async with workshop.transactions.open(reach, writes=False) as transaction:
            if await _answers(transaction.session, edition_id):
                return
            some = await some_chunk_ids(transaction.session, edition_id)
        if some:
            await workshop.vectors.remove(index, some)
            reached(Point.SUPERSEDED_VECTORS)
        else:
            await take_out_of_graph(workshop, index, [edition_id])
        async with workshop.transactions.open(reach) as transaction:
            if await _answers(transaction.session, edition_id, hold=True):
                return
            if not some:
                await forget_unsaid(transaction.session, edition_id)
                await remove_edition(transaction.session, edition_id)
                break
            await remove_chunks(transaction.session, some)
        reached(Point.SUPERSEDED_ROWS)
    await take_out_of_graph(workshop, index, [edition_id])  # what was on its way in while its row was there


async def _answers(session: TenantSession, edition_id: str, *, hold: bool = False) -> bool:
    """Whether a document answers with an edition; held, it stays so to the end of the transaction."""
    of = await session.scalar(select(Edition.document_id).where(Edition.id == edition_id))
    answering = select(Document.edition_id).where(Document.id == of)
    if hold:
        answering = answering.with_for_update(read=True)
    return of is not None and await session.scalar(answering) == edition_id


async def take_out_of_graph(workshop: Workshop, index: Index, edition_ids: Many[str]) -> None:
    """Take what editions say out of the graph store; of a collection that never had a graph it is not asked."""
    async with workshop.transactions.open(Reach.one(index.tenant_id), writes=False) as transaction:
        collection = await transaction.session.get(Collection, index.collection_id)
    if collection is not None and has_graph(collection):
        with asking_graphs():
            await workshop.graphs.remove_editions(index, edition_ids)
        reached(GraphPoint.SUPERSEDED)
