"""Knowing, reconciling: what the rows say there is, a slice at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from sqlalchemy import select

from app.db.bulk import batches
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from indexing.collections.tables import Collection as CollectionRow
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow, Edition
from indexing.stores.vectors import Index

_DOCUMENTS_AT_ONCE = 200
_CHUNKS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one tenant."""

    transactions: Transactions
    tenant_id: str

    async def index_of(self, collection_id: str) -> Index | None:
        """Where a collection's vectors are; None if it is not there, or deleted."""
        async with self.reading() as transaction:
            collection = await transaction.session.get(CollectionRow, collection_id)
            if collection is None or collection.deleted_at is not None:
                return None
            return Index(collection.tenant_id, collection.id, collection.index_name)

    async def chunks_without_row(self, collection_id: str, chunk_ids: Collection[str]) -> list[str]:
        """Those among some chunks of a collection that no row knows."""
        known: set[str] = set()
        async with self.reading() as transaction:
            for some in batches(chunk_ids):
                wanted = select(ChunkRow.id).where(ChunkRow.id.in_(some), ChunkRow.collection_id == collection_id)
                known.update(await transaction.session.scalars(wanted))
        return [chunk_id for chunk_id in chunk_ids if chunk_id not in known]

    async def editions_without_row(self, collection_id: str, edition_ids: Collection[str]) -> list[str]:
        """Those among some editions of a collection that no row knows."""
        known: set[str] = set()
        async with self.reading() as transaction:
            for some in batches(edition_ids):
                wanted = select(Edition.id).where(Edition.id.in_(some), Edition.collection_id == collection_id)
                known.update(await transaction.session.scalars(wanted))
        return [edition_id for edition_id in edition_ids if edition_id not in known]

    async def answering_chunks(self, collection_id: str) -> AsyncIterator[dict[str, str]]:
        """Every chunk that answers, with its document, some thousands at a time."""
        async for documents in self._documents(collection_id):
            for some in _by_size(documents):
                editions = [edition_id for _, edition_id, _ in some]
                async with self.reading() as transaction:
                    wanted = select(ChunkRow.id, ChunkRow.document_id).where(ChunkRow.edition_id.in_(editions))
                    found = (await transaction.session.execute(wanted)).all()
                yield {chunk_id: document_id for chunk_id, document_id in found}  # noqa: C416 - rows are no pairs

    async def files(self, document_ids: Collection[str]) -> dict[str, str | None]:
        """What some documents name as their file; deleted ones, which are being erased, name all they have: None."""
        named: dict[str, str | None] = {}
        async with self.reading() as transaction:
            for some in batches(document_ids):
                wanted = select(Document.id, Document.blob_key, Document.deleted_at).where(Document.id.in_(some))
                for document_id, key, deleted_at in await transaction.session.execute(wanted):
                    named[document_id] = None if deleted_at is not None else key or ""
        return named

    async def documents_with_files(self) -> AsyncIterator[dict[str, str]]:
        """By file, every document that names one, some hundred at a time."""
        last = ""
        while True:
            wanted = select(Document.blob_key, Document.id).where(
                Document.id > last, Document.deleted_at.is_(None), Document.blob_key.is_not(None)
            )
            async with self.reading() as transaction:
                page = await transaction.session.execute(wanted.order_by(Document.id).limit(_DOCUMENTS_AT_ONCE))
                found = {str(key): document_id for key, document_id in page}
            if not found:
                return
            last = max(found.values())
            yield found

    async def _documents(self, collection_id: str) -> AsyncIterator[Sequence[tuple[str, str, int]]]:
        last = ""
        while True:
            wanted = select(Document.id, Document.edition_id, Document.chunk_count).where(
                Document.collection_id == collection_id, Document.deleted_at.is_(None), Document.id > last
            )
            async with self.reading() as transaction:
                page = await transaction.session.execute(wanted.order_by(Document.id).limit(_DOCUMENTS_AT_ONCE))
                found = [(id_, edition_id, count) for id_, edition_id, count in page]
            if not found:
                return
            last = found[-1][0]
            yield [(id_, edition_id, count) for id_, edition_id, count in found if edition_id is not None]

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction of the tenant that only reads."""
        return self.transactions.open(Reach.one(self.tenant_id), writes=False)


def _by_size(documents: Sequence[tuple[str, str, int]]) -> list[list[tuple[str, str, int]]]:
    """Cut into slices that have some thousand chunks each, or one large document."""
    slices: list[list[tuple[str, str, int]]] = []
    room = 0
    for document in documents:
        if not slices or document[2] > room:
            slices.append([])
            room = _CHUNKS_AT_ONCE
        slices[-1].append(document)
        room -= document[2]
    return slices
