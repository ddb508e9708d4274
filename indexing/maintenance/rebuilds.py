"""Knowing, maintenance: the two things that are built for whole collections, and whether one of them is under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import and_, select, update

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from app.jobs.standing import STANDS_STILL, is_suspended
from app.jobs.tables import Job
from indexing.collections.tables import FAILED, QUEUED, RUNNING, Collection
from indexing.maintenance.errors import JobAlreadyRunning
from indexing.maintenance.tables import CANCEL, PAUSE, Rechunk, Reextract

HELD = "somebody to resume it: all is built, and is not to answer before it has been looked at"
UNDER_WAY = frozenset({QUEUED, RUNNING})
UNCHECKED = {"synchronize_session": False}
Row = TypeVar("Row", Rechunk, Reextract)
IS_HELD = and_(
    Rechunk.wish == PAUSE, Rechunk.waiting_for == HELD, Rechunk.ended_at.is_(None)
)  # of a re-chunk: built, and held back


@dataclass(frozen=True, slots=True)
class RebuildState:
    """How a building is getting on, beside the numbers that its collection has."""

    status: str
    paused: bool = False
    built: bool = False  # all of it is there, and is held back
    waiting_for: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Building(Generic[Row]):
    """Where one of the two is written down: its row, its numbers among the collection's columns, and its job."""

    row: type[Row]
    column: str
    job: JobKind

    async def asked(self, session: TenantSession, collection_id: str, *, hold: bool = False) -> Row | None:
        """What was asked for last, if anything ever was."""
        wanted = select(self.row).where(self.row.collection_id == collection_id)
        found: Row | None = await session.scalar(wanted.with_for_update() if hold else wanted)
        return found

    def status(self, collection: Collection) -> str:
        """What is shown of it."""
        return str(getattr(collection, f"{self.column}_status"))

    def shown(self, **values: object) -> dict[str, object]:
        """The columns of a collection that show a `status`, `total`, `processed` or `failed`."""
        return {f"{self.column}_{name}": value for name, value in values.items()}

    async def show(self, session: TenantSession, collection: Collection, **values: object) -> None:
        """Show it; that is not a change of the collection that anybody's ETag should know of."""
        writing = update(Collection).where(Collection.id == collection.id).values(**self.shown(**values))
        await session.execute(writing, execution_options=UNCHECKED)
        await session.refresh(collection)

    async def wake(self, transaction: Transaction, jobs: JobQueue, collection: Collection) -> None:
        """Ask for its job."""
        await transaction.session.flush()
        await ask_for(transaction, jobs, Wanted(self.job, collection.id, collection.tenant_id))

    async def is_under_way(self, session: TenantSession, collection: Collection, row: Rechunk | Reextract) -> bool:
        """Whether somebody is at it, or promised to be, or waits to be told to go on."""
        if self.status(collection) not in UNDER_WAY:
            return False
        key = f"{self.job}:{collection.id}"
        return row.wish == PAUSE or await session.scalar(select(Job.id).where(Job.active_key == key)) is not None

    async def state(self, session: TenantSession, collection: Collection) -> RebuildState:
        """How the last one is getting on."""
        row, status = await self.asked(session, collection.id), self.status(collection)
        if row is None or row.wish == CANCEL:
            return RebuildState(status)
        if status in UNDER_WAY and not await self.is_under_way(session, collection, row):
            status = FAILED  # whoever did it has ended without a word
        still = bool(await session.scalar(select(is_suspended(collection.tenant_id))))
        return RebuildState(
            status=status,
            paused=row.wish == PAUSE and status in UNDER_WAY,
            built=row.wish == PAUSE and row.waiting_for == HELD and status in UNDER_WAY,
            waiting_for=(STANDS_STILL if still else row.waiting_for) if status in UNDER_WAY else None,
            error_code=row.error_code,
            error_message=row.error_message,
            started_at=row.started_at,
            ended_at=row.ended_at,
        )


RECHUNK = Building(Rechunk, "rechunk", JobKind.RECHUNK_COLLECTION)
REEXTRACT = Building(Reextract, "graph_reextract", JobKind.REEXTRACT_COLLECTION_GRAPH)


async def is_rechunked(session: TenantSession, collection: Collection) -> bool:
    """Whether a collection is being cut anew."""
    row = await RECHUNK.asked(session, collection.id)
    return row is not None and await RECHUNK.is_under_way(session, collection, row)


async def is_building(session: TenantSession, collection: Collection) -> bool:
    """Whether either of the two is under way for a collection."""
    row = await REEXTRACT.asked(session, collection.id)
    read_anew = row is not None and await REEXTRACT.is_under_way(session, collection, row)
    return read_anew or await is_rechunked(session, collection)


async def is_given_up(session: TenantSession, collection: Collection) -> bool:
    """Whether somebody has cancelled the last extraction of a collection's graph."""
    row = await REEXTRACT.asked(session, collection.id)
    return row is not None and row.wish == CANCEL


async def require_nothing_under_way(session: TenantSession, collection: Collection) -> None:
    """Refuse to begin: a collection builds one thing at a time; for those who hold its row."""
    if await is_building(session, collection):
        raise JobAlreadyRunning
