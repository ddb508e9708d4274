"""Knowing, erasing: take some documents out of every store, their rows last, for the rows lead to all the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from app.blobs.ports import BlobStore
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow, Edition
from indexing.erasing.receipts import BLOBS, DATABASE, GRAPH, VECTORS, Subject, close_receipts, open_receipts
from indexing.graphs.asking import asking_graphs
from indexing.graphs.readings import said_of
from indexing.graphs.tables import GraphExtraction
from indexing.pipeline.faults import ErasingPoint, reached
from indexing.stores.graphs import GraphStore
from indexing.stores.vectors import Index, VectorStore

_ROWS_AT_ONCE = 500
_UNCHECKED = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class DocumentErasing:
    """Erases what stores hold of deleted documents. Broken off anywhere and begun again, the end is the same."""

    transactions: Transactions
    blobs: BlobStore
    vectors: VectorStore
    graphs: GraphStore

    async def empty(self, index: Index, documents: Sequence[Subject]) -> None:
        """Leave nothing of some documents but their rows, and what the graph store holds: that one may be away."""
        reach, ids = Reach.one(index.tenant_id), [document.id for document in documents]
        files = {document.id: await self._count_files(document) for document in documents}
        async with self.transactions.open(reach) as transaction:
            await _write_down(transaction, documents, files)
        reached(ErasingPoint.WRITTEN_DOWN)
        await self.vectors.remove_documents(index, ids)
        reached(ErasingPoint.VECTORS_GONE)
        async with self.transactions.open(reach) as transaction:
            await close_receipts(transaction, ids, VECTORS)
        reached(ErasingPoint.VECTORS_NOTED)
        for told in (ChunkRow, GraphExtraction):
            while await self._removed_some(reach, told, ids):
                reached(ErasingPoint.CHUNKS_GONE)
        for document in documents:
            async for kept in self.blobs.keys(blobs_of(document)):
                await self.blobs.delete(kept.key)
                reached(ErasingPoint.BLOB_GONE)
        async with self.transactions.open(reach) as transaction:
            await close_receipts(transaction, ids, BLOBS)  # last: by it a document is known to be empty
        reached(ErasingPoint.BLOBS_NOTED)

    async def forget(self, index: Index, document_ids: Sequence[str]) -> None:
        """Leave nothing in the graph store of what some documents say."""
        with asking_graphs():
            await self.graphs.remove_documents(index, document_ids)
        reached(ErasingPoint.GRAPH_GONE)

    async def forget_all(self, index: Index) -> None:
        """Leave nothing in the graph store of a whole graph."""
        with asking_graphs():
            await self.graphs.drop(index)
        reached(ErasingPoint.GRAPH_GONE)

    async def note_forgotten(self, index: Index, document_ids: Sequence[str]) -> None:
        """Write down that the graph store holds nothing of some documents."""
        async with self.transactions.open(Reach.one(index.tenant_id)) as transaction:
            await close_receipts(transaction, document_ids, GRAPH)
        reached(ErasingPoint.GRAPH_NOTED)

    async def _count_files(self, document: Subject) -> int:
        return len([kept async for kept in self.blobs.keys(blobs_of(document))])

    async def _removed_some(
        self, reach: Reach, kind: type[ChunkRow] | type[GraphExtraction], document_ids: Sequence[str]
    ) -> bool:
        """Remove some rows of what documents say, if any are left."""
        async with self.transactions.open(reach) as transaction:
            some = select(kind.id).where(kind.document_id.in_(document_ids)).limit(_ROWS_AT_ONCE)
            found = list(await transaction.session.scalars(some))
            removing = delete(kind).where(kind.id.in_(found))
            await transaction.session.execute(removing, execution_options=_UNCHECKED)
            return bool(found)


async def remove_rows_of(transaction: Transaction, document_ids: Sequence[str]) -> list[str]:
    """Remove the rows of emptied documents; returns those that nobody else had removed."""
    session = transaction.session
    still = select(Document.id).where(Document.id.in_(document_ids), Document.deleted_at.is_not(None))
    mine = list(await session.scalars(still.with_for_update()))
    await session.execute(delete(Edition).where(Edition.document_id.in_(mine)), execution_options=_UNCHECKED)
    await session.execute(delete(Document).where(Document.id.in_(mine)), execution_options=_UNCHECKED)
    await close_receipts(transaction, mine, DATABASE)
    return mine


def blobs_of(document: Subject) -> str:
    """What the keys of all blobs of a document begin with."""
    return f"documents/{document.tenant_id}/{document.id}"


async def _write_down(transaction: Transaction, documents: Sequence[Subject], files: Mapping[str, int]) -> None:
    ids = [document.id for document in documents]
    chunks = await _counted(transaction, ChunkRow.document_id, ids)
    vectors = await _counted(transaction, ChunkRow.document_id, ids, ChunkRow.stored.is_(True))
    editions = await _counted(transaction, Edition.document_id, ids)
    said = await said_of(transaction.session, ids)
    held = [
        {
            DATABASE: 1 + editions.get(id_, 0) + chunks.get(id_, 0),
            BLOBS: files[id_],
            VECTORS: vectors.get(id_, 0),
            GRAPH: said.get(id_, 0),
        }
        for id_ in ids
    ]
    await open_receipts(transaction, list(zip(documents, held, strict=True)))


async def _counted(transaction: Transaction, of: Any, ids: Sequence[str], *which: Any) -> dict[str, int]:
    counting = select(of, func.count()).where(of.in_(ids), *which).group_by(of)
    return dict((await transaction.session.execute(counting)).all())
