"""Knowing, pipeline: editions that will never answer again, taken out of the vector store and then out of the rows."""

from __future__ import annotations

from sqlalchemy import select

from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.building import remove_edition, superseded
from indexing.editions.chunks import remove_chunks, some_chunk_ids
from indexing.pipeline.faults import Point, reached
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
    """Take away an edition that answers nobody, a slice at a time: first its vectors, for rows lead to them."""
    reach = Reach.one(index.tenant_id)
    while True:
        async with workshop.transactions.open(reach, writes=False) as transaction:
            some = await some_chunk_ids(transaction.session, edition_id)
        if some:
            await workshop.vectors.remove(index, some)
            reached(Point.SUPERSEDED_VECTORS)
        async with workshop.transactions.open(reach) as transaction:
            if not some:
                await remove_edition(transaction.session, edition_id)
                return
            await remove_chunks(transaction.session, some)
        reached(Point.SUPERSEDED_ROWS)
