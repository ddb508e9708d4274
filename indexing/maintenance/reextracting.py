"""Knowing, maintenance: ask for a collection's graph to be extracted anew, and give it up where it is not wanted."""

from __future__ import annotations

from dataclasses import dataclass

from app.db.transaction import Transaction
from app.jobs.ports import JobQueue
from indexing.collections.errors import GraphNotEnabled
from indexing.collections.tables import IDLE, QUEUED, Collection
from indexing.maintenance.errors import JobNotRunning
from indexing.maintenance.graph_generations import unread_count
from indexing.maintenance.rebuilds import REEXTRACT, require_nothing_under_way
from indexing.maintenance.tables import CANCEL, Reextract


@dataclass(frozen=True, slots=True)
class Reextracting:
    """Acts on the extraction of a collection's graph, for those who hold its row until the commit."""

    transaction: Transaction
    jobs: JobQueue
    collection: Collection

    async def start(self) -> None:
        """Promise that every document will be read by the model that the collection names now."""
        if not self.collection.graph_enabled:
            raise GraphNotEnabled
        await require_nothing_under_way(self.transaction.session, self.collection)
        row = await self._row()
        if row.generation <= self.collection.graph_generation:  # otherwise the last one was broken off: it goes on
            row.since = self.transaction.clock.now()
        await self._promise(row)

    async def switched_on(self) -> None:
        """Promise it for a graph that has just been switched on; a re-chunk that is under way comes first."""
        row = await self._row()
        row.since = None
        await self._promise(row)

    async def _row(self) -> Reextract:
        session, collection = self.transaction.session, self.collection
        row = await REEXTRACT.asked(session, collection.id, hold=True)
        if row is None:
            row = Reextract(collection_id=collection.id, generation=collection.graph_generation)
            session.add(row)
        return row

    async def _promise(self, row: Reextract) -> None:
        session, collection = self.transaction.session, self.collection
        row.begin(max(row.generation, collection.graph_generation) + 1, self.transaction.clock.now())
        row.model = str(collection.graph_extraction_model)
        await session.flush()
        await self._show(QUEUED, total=await unread_count(session, collection.id, row.generation))
        await REEXTRACT.wake(self.transaction, self.jobs, collection)

    async def cancel(self) -> None:
        """Give up what is being extracted; what answers now goes on to answer."""
        session = self.transaction.session
        row = await REEXTRACT.asked(session, self.collection.id, hold=True)
        if row is None or not await REEXTRACT.is_under_way(session, self.collection, row):
            raise JobNotRunning
        await self.switched_off()

    async def switched_off(self) -> None:
        """Give up what is being extracted, and have what the graph store holds for nobody taken out: all, or that."""
        row = await REEXTRACT.asked(self.transaction.session, self.collection.id, hold=True)
        if row is not None:
            row.wish, row.run, row.waiting_for, row.ended_at = CANCEL, None, None, self.transaction.clock.now()
        await self._show(IDLE, total=0)
        await REEXTRACT.wake(self.transaction, self.jobs, self.collection)

    async def _show(self, status: str, *, total: int) -> None:
        session, collection = self.transaction.session, self.collection
        await REEXTRACT.show(session, collection, status=status, total=total, processed=0, failed=0)
