"""A collection with an embedding model that is watched, and somebody who ingests its documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.work import Held, Outcome
from app.wiring.workshop import workshop_of
from indexing.editions.tables import ChunkRow, Edition
from indexing.pipeline.ingest import IngestRun
from indexing.pipeline.workshop import Workshop
from tests.world.embedder import Embedder, embedder
from tests.world.own_vectors import Kept, OwnVectors, own_vectors
from tests.world.people import Organisation
from tests.world.served import model_on
from tests.world.stacks import Stack, stack


@dataclass(slots=True)
class Bench:
    """Where documents are ingested, and what watches it."""

    papers: Stack
    model: Embedder
    vectors: OwnVectors
    workshop: Workshop
    attempts: dict[str, int] = field(default_factory=dict)

    def held(self, document_id: str, **payload: Any) -> Held:
        """The document's job, begun once more."""
        self.attempts[document_id] = self.attempts.get(document_id, 0) + 1
        job = (new_id("job"), self.papers.tenant_id, JobKind.INGEST_DOCUMENT, document_id, new_id("lse"))
        return Held(*job, self.attempts[document_id], payload=payload)

    async def ingest(self, document_id: str) -> Outcome:
        """Work on a document once."""
        return await IngestRun(self.workshop).run(self.held(document_id))

    async def until(self, document_id: str, status: str) -> None:
        """Wait until a document has come so far."""
        async with asyncio.timeout(60):
            while (await self.papers.document(document_id)).status != status:  # noqa: ASYNC110 - it tells nobody else
                await asyncio.sleep(0.01)

    async def chunks(self, document_id: str) -> list[ChunkRow]:
        """The chunks that answer, in order."""
        edition = (await self.papers.document(document_id)).edition_id
        wanted = select(ChunkRow).where(ChunkRow.edition_id == edition).order_by(ChunkRow.chunk_index)
        async with self.workshop.transactions.open(Reach.one(self.papers.tenant_id), writes=False) as transaction:
            return list(await transaction.session.scalars(wanted))

    async def editions(self, document_id: str) -> list[Edition]:
        """Every edition there is."""
        wanted = select(Edition).where(Edition.document_id == document_id)
        async with self.workshop.transactions.open(Reach.one(self.papers.tenant_id), writes=False) as transaction:
            return list(await transaction.session.scalars(wanted))

    def stored(self, document_id: str) -> dict[str, Kept]:
        """What the vector store holds of a document."""
        return {chunk_id: kept for chunk_id, kept in self.vectors.kept().items() if kept.document_id == document_id}


@pytest.fixture
async def model() -> AsyncIterator[Embedder]:
    async with embedder() as world:
        yield world


@pytest.fixture
async def bench(acme: Organisation, root: httpx.AsyncClient, model: Embedder, tmp_path: Path) -> AsyncIterator[Bench]:
    served = await model_on(root, model, modality="embedding")
    papers = await stack(acme, embedding_model=served.slug)
    async with own_vectors(tmp_path) as vectors:
        yield Bench(papers, model, vectors, replace(workshop_of(papers.platform), vectors=vectors))
