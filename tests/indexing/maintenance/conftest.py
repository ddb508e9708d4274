"""A collection of read documents with an embedding model that is watched, and somebody who cuts it anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.db.tenancy import Reach
from app.db.transaction import Transaction
from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.tables import Job
from app.jobs.work import Held, Outcome
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow, Edition
from indexing.maintenance.rebuilds import RECHUNK, RebuildState
from indexing.maintenance.rechunk import RechunkRun
from indexing.maintenance.rechunking import Rechunking
from tests.indexing.pipeline.conftest import Bench, bench, model

__all__ = ["bench", "model"]


class DeafQueue:
    """Wakes nobody."""

    bell = None

    def wake(self, job_id: str, kind: JobKind) -> None:
        pass

    remind = wake

    async def answers(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


async def hold_back(transaction: Transaction, subject_id: str) -> None:
    """Keep the platform's own workers from a job: the test does it."""
    tomorrow = transaction.clock.now() + timedelta(days=1)
    holding = update(Job).where(Job.subject_id == subject_id).values(due_at=tomorrow)
    await transaction.session.execute(holding, execution_options={"synchronize_session": False})


@dataclass(slots=True)
class Press:
    """Cuts the collection of a bench anew."""

    bench: Bench
    ids: list[str]

    @property
    def reach(self) -> Reach:
        return Reach.one(self.bench.papers.tenant_id)

    async def set(self, **values: Any) -> None:
        """Change the collection's row."""
        async with self.bench.workshop.transactions.open(self.reach) as transaction:
            changing = update(Collection).where(Collection.id == self.bench.papers.id).values(**values)
            await transaction.session.execute(changing)

    async def ask(self, deed: str, **how: Any) -> None:
        """Start, pause, resume or cancel."""
        async with self.bench.workshop.transactions.open(self.reach) as transaction:
            collection = await get_for_tenant(transaction.session, self.bench.papers.id, hold=True)
            assert collection is not None
            acting = Rechunking(transaction, DeafQueue(), collection)
            await (acting.start("usr_somebody", **how) if deed == "start" else getattr(acting, deed)())
            await hold_back(transaction, self.bench.papers.id)

    async def run(self, *, seconds: float = 120.0, lease: str | None = None) -> Outcome:
        """Do the job once."""
        return await RechunkRun(self.bench.workshop, seconds, at_once=1).run(self.held(lease))

    def held(self, lease: str | None = None) -> Held:
        job = (new_id("job"), self.bench.papers.tenant_id, JobKind.RECHUNK_COLLECTION, self.bench.papers.id)
        return Held(*job, lease or new_id("lse"), 1)

    async def collection(self) -> Collection:
        async with self.bench.workshop.transactions.open(self.reach, writes=False) as transaction:
            found = await get_for_tenant(transaction.session, self.bench.papers.id)
            assert found is not None
            return found

    async def state(self) -> RebuildState:
        async with self.bench.workshop.transactions.open(self.reach, writes=False) as transaction:
            return await RECHUNK.state(transaction.session, await self.collection())

    async def numbers(self) -> tuple[str, int, int, int]:
        """What is shown of it."""
        row = await self.collection()
        return row.rechunk_status, row.rechunk_total, row.rechunk_processed, row.rechunk_failed

    async def answering(self) -> dict[str, list[tuple[str, int]]]:
        """What each document answers with: texts in order, each with the generation its vector has in the store."""
        stored = self.bench.vectors.kept()
        return {
            id_: [(chunk.content, stored[chunk.id].generation) for chunk in await self.bench.chunks(id_)]
            for id_ in self.ids
        }

    async def require_one_generation(self) -> int:
        """All documents answer in the collection's generation, whole, and nothing else is kept anywhere."""
        generation = (await self.collection()).generation
        async with self.bench.workshop.transactions.open(self.reach, writes=False) as transaction:
            session, here = transaction.session, self.bench.papers.id
            documents = (await session.scalars(select(Document).where(Document.collection_id == here))).all()
            editions = (await session.scalars(select(Edition).where(Edition.collection_id == here))).all()
            chunks = (await session.scalars(select(ChunkRow).where(ChunkRow.collection_id == here))).all()
        present = {row.edition_id: row for row in documents if row.edition_id is not None and row.deleted_at is None}
        assert {edition.id for edition in editions} == set(present)
        assert {edition.generation for edition in editions} <= {generation}
        for edition in editions:
            own = [chunk for chunk in chunks if chunk.edition_id == edition.id]
            assert len(own) == edition.chunk_count == present[edition.id].chunk_count > 0
            assert sorted(chunk.chunk_index for chunk in own) == list(range(len(own)))
            assert all(chunk.stored for chunk in own)
        stored = self.bench.vectors.kept()
        assert set(stored) == {chunk.id for chunk in chunks}
        assert {entry.generation for entry in stored.values()} <= {generation}
        return generation


def paper(name: str, paragraphs: int = 6) -> bytes:
    """Markdown whose paragraphs all say something else."""
    said = [f"Paragraph {number} of {name} speaks of matter {number * 7919}. " * 6 for number in range(paragraphs)]
    return (f"# {name}\n\n" + "\n\n".join(said)).encode()


async def press_with(bench: Bench, names: Sequence[str]) -> Press:
    """Documents of these names, read."""
    ids = [await bench.papers.add(f"{name}.md", paper(name)) for name in names]
    for id_ in ids:
        assert await bench.ingest(id_) is None
    return Press(bench, ids)


@pytest.fixture
async def press(bench: Bench) -> Press:
    return await press_with(bench, ["ada", "bob", "eve"])
