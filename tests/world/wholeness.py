"""Whether what rows, vectors and files say of a tenant's documents fits together: nothing lost, doubled or left."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from sqlalchemy import select

from app.db.tenancy import Reach
from app.jobs.tables import ENDED, Job
from app.wiring import Platform
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import READY, ChunkRow, Edition
from indexing.graphs.layers import layer_of
from indexing.graphs.readings import GraphReading
from indexing.stores.vectors import Index


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the database says."""

    due: list[Job]
    collections: list[Collection]
    documents: list[Document]
    editions: list[Edition]
    chunks: list[ChunkRow]
    readings: list[GraphReading]


async def faults(platform: Platform, tenant_id: str) -> list[str]:
    """Everything that does not fit, in words; while somebody is still at work some may be what they are at."""
    rows = await _rows(platform, tenant_id)
    of_stores = [fault async for fault in _of_stores(platform, tenant_id, rows)]
    return [*_unfinished(rows), *_of_editions(rows), *_of_chunks(rows), *of_stores]


async def is_whole(platform: Platform, tenant_id: str) -> bool:
    """Whether all fits and nobody has anything left to do that is due."""
    return not await faults(platform, tenant_id)


async def _rows(platform: Platform, tenant_id: str) -> _Rows:
    async with platform.transactions.open(Reach.one(tenant_id), writes=False) as transaction:
        session, now = transaction.session, platform.clock.now()
        return _Rows(
            due=list(await session.scalars(select(Job).where(Job.state.not_in(ENDED), Job.due_at <= now))),
            collections=list(await session.scalars(select(Collection))),
            documents=list(await session.scalars(select(Document))),
            editions=list(await session.scalars(select(Edition))),
            chunks=list(await session.scalars(select(ChunkRow))),
            readings=list(await session.scalars(select(GraphReading))),
        )


def _unfinished(rows: _Rows) -> Iterator[str]:
    yield from (f"{job.kind} of {job.subject_id} is {job.state}" for job in rows.due)
    yield from (f"{one.id} is deleted and still there" for one in rows.collections if one.deleted_at is not None)
    for document in rows.documents:
        if document.deleted_at is not None:
            yield f"{document.id} is deleted and still there"
        elif document.status not in {"indexed", "failed"}:
            yield f"{document.id} is {document.status}"


def _of_editions(rows: _Rows) -> Iterator[str]:
    answering = {document.edition_id for document in rows.documents if document.edition_id is not None}
    ready = {edition.id for edition in rows.editions if edition.state == READY}
    yield from (f"edition {lost} answers and is not ready" for lost in answering - ready)
    yield from (f"edition {edition.id} does not answer" for edition in rows.editions if edition.id not in answering)


def _of_chunks(rows: _Rows) -> Iterator[str]:
    places: dict[str | None, list[int]] = {document.edition_id: [] for document in rows.documents}
    for chunk in rows.chunks:
        if chunk.edition_id not in places:
            yield f"chunk {chunk.id} is of an edition that does not answer"
        places.setdefault(chunk.edition_id, []).append(chunk.chunk_index)
    for document in rows.documents:
        if sorted(places[document.edition_id]) != list(range(document.chunk_count)):
            yield f"{document.id} says that it has {document.chunk_count} chunks"


async def _of_stores(platform: Platform, tenant_id: str, rows: _Rows) -> AsyncIterator[str]:
    for collection in rows.collections:
        index = Index(tenant_id, collection.id, collection.index_name)
        held = sorted([one async for some in platform.vectors.chunk_ids(index) for one in some])
        expected = sorted(chunk.id for chunk in rows.chunks if chunk.collection_id == collection.id)
        if held != expected:
            strange = len(set(held) - set(expected))
            yield f"{collection.id} holds {len(held)} vectors of {len(expected)}, {strange} of them strange"
        async for fault in _of_graph(platform, index, collection, rows):
            yield fault
    keys = {document.blob_key for document in rows.documents if document.blob_key is not None}
    kept = {one.key async for one in platform.blobs.keys(f"documents/{tenant_id}")}
    for key in keys - kept:
        yield f"file {key} is lost"
    there = {document.id for document in rows.documents}  # what one of them was given before goes by the hour
    for key in kept:
        if key.split("/")[2] not in there:
            yield f"file {key} is left over"


async def _of_graph(platform: Platform, index: Index, collection: Collection, rows: _Rows) -> AsyncIterator[str]:
    """What is kept in layers that do not answer goes by the hour."""
    mine = [one for one in rows.documents if one.collection_id == collection.id and one.deleted_at is None]
    answering = {one.edition_id for one in mine if one.edition_id is not None and collection.graph_enabled}
    number, layer = collection.graph_generation, layer_of(collection.generation, collection.graph_generation)
    read = {one.edition_id: one.said for one in rows.readings if one.graph_generation == number}
    held = {one async for some in platform.graphs.edition_ids(index) for one, kept_in in some if kept_in == layer}
    for edition_id in answering - set(read):
        yield f"edition {edition_id} answers and is not read"
    for edition_id in held - answering:
        yield f"the graph of {collection.id} holds edition {edition_id}, which does not answer"
    for edition_id in {one for one in answering if read.get(one)} - held:
        yield f"the graph of {collection.id} has lost edition {edition_id}"
