"""Knowing, maintenance: ask for a re-chunk, see how it is getting on, and pause, resume or cancel it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, update

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from app.jobs.standing import STANDS_STILL, is_suspended
from app.jobs.tables import Job
from indexing.collections.tables import FAILED, IDLE, QUEUED, RUNNING, Collection
from indexing.maintenance.errors import JobAlreadyRunning, JobNotRunning
from indexing.maintenance.generations import lacking_count
from indexing.maintenance.tables import CANCEL, GO, PAUSE, Rechunk

_UNDER_WAY = {QUEUED, RUNNING}
PAUSED = "somebody to resume it"


@dataclass(frozen=True, slots=True)
class RechunkState:
    """How a re-chunk is getting on, beside the numbers that its collection has."""

    status: str
    paused: bool = False
    waiting_for: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rechunking:
    """Acts on the re-chunk of a collection, for those who hold its row until the commit."""

    transaction: Transaction
    jobs: JobQueue
    collection: Collection

    async def start(self, user_id: str) -> None:
        """Promise that every document will be cut by what the collection says now; refused while one is under way."""
        row = await self._row()
        if await is_under_way(self._session, self.collection, row):
            raise JobAlreadyRunning
        collection, now = self.collection, self.transaction.clock.now()
        if row is None:
            row = Rechunk(collection_id=collection.id, generation=collection.generation)
            self._session.add(row)
        row.generation = max(row.generation, collection.generation) + 1
        row.chunking_strategy = collection.chunking_strategy
        row.chunk_size, row.chunk_overlap = collection.chunk_size, collection.chunk_overlap
        row.wish, row.run, row.waiting_for, row.error_code, row.error_message = GO, None, None, None, None
        row.started_by, row.started_at, row.ended_at = user_id, now, None
        await self._session.flush()
        await self._count(QUEUED, total=await lacking_count(self._session, collection.id, row.generation))
        await self._wake()

    async def pause(self) -> None:
        """Let it stop after the documents it is at; what is built stays."""
        row = await self._under_way()
        row.wish, row.waiting_for, row.run = PAUSE, PAUSED, None
        await self._set(rechunk_status=QUEUED)

    async def resume(self) -> None:
        """Let it go on from where it stopped."""
        row = await self._under_way()
        row.wish, row.waiting_for = GO, None
        await self._wake()

    async def cancel(self) -> None:
        """Give up what is built; what answers now goes on to answer."""
        row = await self._under_way()
        row.wish, row.run, row.waiting_for, row.ended_at = CANCEL, None, None, self.transaction.clock.now()
        await self._count(IDLE, total=0)
        await self._wake()  # to take away what is built

    async def _under_way(self) -> Rechunk:
        row = await self._row()
        if row is None or not await is_under_way(self._session, self.collection, row):
            raise JobNotRunning
        return row

    async def _row(self) -> Rechunk | None:
        found: Rechunk | None = await self._session.scalar(_of(self.collection.id).with_for_update())
        return found

    async def _wake(self) -> None:
        await self._session.flush()
        wanted = Wanted(JobKind.RECHUNK_COLLECTION, self.collection.id, self.collection.tenant_id)
        await ask_for(self.transaction, self.jobs, wanted)

    async def _count(self, status: str, *, total: int) -> None:
        await self._set(rechunk_status=status, rechunk_total=total, rechunk_processed=0, rechunk_failed=0)

    async def _set(self, **values: object) -> None:
        """Write what is shown of it; not a change of the collection that anybody's ETag should know of."""
        writing = update(Collection).where(Collection.id == self.collection.id).values(**values)
        await self._session.execute(writing, execution_options={"synchronize_session": False})
        await self._session.refresh(self.collection)

    @property
    def _session(self) -> TenantSession:
        return self.transaction.session


async def rechunk_state(session: TenantSession, collection: Collection) -> RechunkState:
    """How the last re-chunk of a collection is getting on."""
    row = await session.scalar(_of(collection.id))
    if row is None or row.wish == CANCEL:
        return RechunkState(collection.rechunk_status)
    status = collection.rechunk_status
    if status in _UNDER_WAY and not await is_under_way(session, collection, row):
        status = FAILED  # whoever did it has ended without a word
    still = bool(await session.scalar(select(is_suspended(collection.tenant_id))))
    return RechunkState(
        status=status,
        paused=row.wish == PAUSE and status in _UNDER_WAY,
        waiting_for=(STANDS_STILL if still else row.waiting_for) if status in _UNDER_WAY else None,
        error_code=row.error_code,
        error_message=row.error_message,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


async def is_under_way(session: TenantSession, collection: Collection, row: Rechunk | None) -> bool:
    """Whether somebody is at it, or promised to be, or waits to be told to go on."""
    if row is None or collection.rechunk_status not in _UNDER_WAY:
        return False
    key = f"{JobKind.RECHUNK_COLLECTION}:{collection.id}"
    return row.wish == PAUSE or await session.scalar(select(Job.id).where(Job.active_key == key)) is not None


def _of(collection_id: str) -> Select[Rechunk]:
    return select(Rechunk).where(Rechunk.collection_id == collection_id)
