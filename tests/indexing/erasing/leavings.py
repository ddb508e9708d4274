"""Documents with all that a document leaves behind, and what is left of them anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select, update

from app.blobs.ports import BlobStore
from app.db.tenancy import Reach
from app.db.transaction import Transaction
from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.tables import DONE, Job
from app.jobs.work import Held
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import READY, ChunkRow, Edition
from indexing.erasing.documents import DocumentErasing
from indexing.erasing.erasure import Erasing
from indexing.erasing.removal import remove_collection, remove_document
from indexing.erasing.tables import ErasureReceipt
from indexing.graphs.readings import GraphReading
from indexing.graphs.tables import GraphExtraction
from indexing.stores.graphs import GraphStore, Mention, Source, Statement
from indexing.stores.vectors import Entry, Index, VectorStore
from tests.world.embedder import DIMENSIONS
from tests.world.stacks import Stack


@dataclass(slots=True)
class Leavings:
    """A collection whose vectors are in the platform's store, or in another."""

    papers: Stack
    other: VectorStore | None = None
    known: bool = False  # whether it keeps a graph

    @property
    def vectors(self) -> VectorStore:
        return self.other or self.papers.platform.vectors

    @property
    def graphs(self) -> GraphStore:
        return self.papers.platform.graphs

    @property
    def reach(self) -> Reach:
        return Reach.one(self.papers.tenant_id)

    @property
    def index(self) -> Index:
        return self.papers.index

    @property
    def blobs(self) -> BlobStore:
        return self.papers.platform.blobs

    async def indexed(self, *, chunks: int = 3) -> str:
        """Put an indexed document: its file, the text of it, its chunks and their vectors."""
        document_id = await self.papers.add("plan.md", b"# A plan", status="indexed", chunk_count=chunks)
        await self.blobs.put(f"documents/{self.papers.tenant_id}/{document_id}/1/text", b"A plan")
        edition_id = new_id("edn")
        rows = [self.chunk(document_id, edition_id, index) for index in range(chunks)]
        async with self.papers.platform.transactions.open(self.reach) as transaction:
            made = {"id": edition_id, "document_id": document_id, "collection_id": self.papers.id, "generation": 1}
            now = self.papers.platform.clock.now()
            transaction.session.add(Edition(**made, content_version=1, state=READY, chunk_count=chunks, created_at=now))
            await transaction.session.flush()
            transaction.session.add_all(rows)
            answering = update(Document).where(Document.id == document_id).values(edition_id=edition_id)
            await transaction.session.execute(answering)
        await self.vectors.put(self.index, [self.entry(row.id, document_id) for row in rows])
        if self.known:
            await self._know(document_id, edition_id, rows)
        return document_id

    async def _know(self, document_id: str, edition_id: str, rows: list[ChunkRow]) -> None:
        """Let every chunk speak of something."""
        said = [Statement(Source(document_id, row.id, edition_id), [Mention("plan", "Plan")]) for row in rows]
        await self.graphs.put(self.index, "1.1", said)
        reading = {"graph_generation": 1, "said": len(rows), "read_at": self.papers.platform.clock.now()}
        of = {"edition_id": edition_id, "document_id": document_id, "collection_id": self.papers.id}
        async with self.papers.platform.transactions.open(self.reach) as transaction:
            transaction.session.add(GraphReading(**of, **reading))
            read: dict[str, Any] = {"digest": "0", "recipe": "a model", "facts": {}, "graph_generation": 1}
            read |= {"document_id": document_id, "collection_id": self.papers.id, "read_at": reading["read_at"]}
            transaction.session.add(GraphExtraction(id=new_id("gex"), **read))

    def chunk(self, document_id: str, edition_id: str, index: int) -> ChunkRow:
        """One passage."""
        return ChunkRow(
            id=f"chk_{document_id.removeprefix('doc_')}_{index}",
            edition_id=edition_id,
            document_id=document_id,
            collection_id=self.papers.id,
            chunk_index=index,
            content=f"passage {index}",
            start=index,
            end=index + 1,
            tokens=3,
            digest=str(index),
            stored=True,
        )

    def entry(self, chunk_id: str, document_id: str) -> Entry:
        """One vector."""
        return Entry(chunk_id, document_id, 1, "passage", np.ones(DIMENSIONS, dtype=np.float32))

    async def remove(self, document_id: str) -> None:
        """Take a document from sight."""
        platform = self.papers.platform
        async with platform.transactions.open(self.reach) as transaction:
            row = await transaction.session.get_one(Document, document_id)
            await self._alone(transaction, await remove_document(transaction, platform.jobs, row))

    async def remove_all(self) -> None:
        """Take the collection from sight."""
        platform = self.papers.platform
        async with platform.transactions.open(self.reach) as transaction:
            row = await transaction.session.get_one(Collection, self.papers.id)
            await self._alone(transaction, await remove_collection(transaction, platform.jobs, row))

    async def _alone(self, transaction: Transaction, job_id: str) -> None:
        """Let no worker of the platform do what the test does."""
        await transaction.session.execute(update(Job).where(Job.id == job_id).values(state=DONE))

    def erasing(self, through: Callable[[Any], Any] = lambda port: port) -> Erasing:
        """Whoever erases, reaching every port through something, perhaps."""
        transactions = through(self.papers.platform.transactions)
        stores = (through(self.blobs), through(self.vectors), through(self.graphs))
        documents = DocumentErasing(transactions, *stores)
        return Erasing(transactions, documents, self.papers.platform.jobs)

    def held(self, kind: JobKind, subject_id: str, attempt: int = 1) -> Held:
        """The job, begun once more."""
        return Held(new_id("job"), self.papers.tenant_id, kind, subject_id, new_id("lse"), attempt)

    async def left(self) -> dict[str, list[str]]:
        """What is left anywhere, by store."""
        found: dict[str, list[str]] = {
            "vectors": [id_ async for page in self.vectors.chunk_ids(self.index) for id_ in sorted(page)]
        }
        found["graph"] = [id_ async for page in self.graphs.edition_ids(self.index) for id_, _ in page]
        found["blobs"] = sorted([kept.key async for kept in self.blobs.keys(f"documents/{self.papers.tenant_id}")])
        async with self.papers.platform.transactions.open(self.reach, writes=False) as transaction:
            for kind in (Collection, Document, Edition, ChunkRow, GraphExtraction):
                rows = await transaction.session.scalars(select(kind.id))
                found[kind.__name__] = sorted(rows)
        return found

    async def receipts(self) -> dict[str, dict[str, int]]:
        """By what was erased and by store, how many; only what is closed."""
        told: dict[str, dict[str, int]] = {}
        async with self.papers.platform.transactions.open(self.reach, writes=False) as transaction:
            for one in await transaction.session.scalars(select(ErasureReceipt)):
                if one.erased_at is not None:
                    told.setdefault(one.subject_id, {})[one.store] = one.removed
        return told
