"""Knowing, maintenance: ask for a re-chunk, and pause, resume or cancel it."""

from __future__ import annotations

from dataclasses import dataclass

from app.db.transaction import Transaction
from app.jobs.ports import JobQueue
from indexing.collections.tables import IDLE, QUEUED, Collection
from indexing.maintenance.errors import JobNotRunning
from indexing.maintenance.generations import lacking_count
from indexing.maintenance.rebuilds import HELD, RECHUNK, require_nothing_under_way
from indexing.maintenance.tables import CANCEL, GO, PAUSE, Rechunk

PAUSED = "somebody to resume it"


@dataclass(frozen=True, slots=True)
class Rechunking:
    """Acts on the re-chunk of a collection, for those who hold its row until the commit."""

    transaction: Transaction
    jobs: JobQueue
    collection: Collection

    async def start(self, user_id: str, *, is_held: bool = False) -> None:
        """Promise that every document will be cut by what the collection says now; one thing is built at a time.

        One that is held pauses once all is built, so that old and new can be compared before the new answers.
        """
        session, collection = self.transaction.session, self.collection
        await require_nothing_under_way(session, collection)
        row = await RECHUNK.asked(session, collection.id, hold=True)
        if row is None:
            row = Rechunk(collection_id=collection.id, generation=collection.generation)
            session.add(row)
        row.begin(max(row.generation, collection.generation) + 1, self.transaction.clock.now())
        row.chunking_strategy = collection.chunking_strategy
        row.chunk_size, row.chunk_overlap = collection.chunk_size, collection.chunk_overlap
        row.started_by, row.is_held = user_id, is_held
        await session.flush()
        await self._count(QUEUED, total=await lacking_count(session, collection.id, row.generation))
        await self._wake()

    async def pause(self) -> None:
        """Let it stop after the documents it is at; what is built stays."""
        row = await self._under_way()
        row.wish, row.waiting_for, row.run = PAUSE, PAUSED, None
        await RECHUNK.show(self.transaction.session, self.collection, status=QUEUED)

    async def resume(self) -> None:
        """Let it go on from where it stopped; what was held for all to be built is held no more."""
        row = await self._under_way()
        row.is_held = row.is_held and row.waiting_for != HELD
        row.wish, row.waiting_for = GO, None
        await self._wake()

    async def cancel(self) -> None:
        """Give up what is built; what answers now goes on to answer."""
        row = await self._under_way()
        row.wish, row.run, row.waiting_for, row.ended_at = CANCEL, None, None, self.transaction.clock.now()
        await self._count(IDLE, total=0)
        await self._wake()  # to take away what is built

    async def _under_way(self) -> Rechunk:
        session = self.transaction.session
        row = await RECHUNK.asked(session, self.collection.id, hold=True)
        if row is None or not await RECHUNK.is_under_way(session, self.collection, row):
            raise JobNotRunning
        return row

    async def _wake(self) -> None:
        await RECHUNK.wake(self.transaction, self.jobs, self.collection)

    async def _count(self, status: str, *, total: int) -> None:
        session, collection = self.transaction.session, self.collection
        await RECHUNK.show(session, collection, status=status, total=total, processed=0, failed=0)
