"""A platform whose jobs are asked for and taken by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import delete, select

from app.clock import FixedClock, SystemClock
from app.db.deadlock import transact
from app.db.tenancy import Reach
from app.jobs.asking import Wanted, ask_for, call_off
from app.jobs.kinds import JobKind, Lane
from app.jobs.leases import Leases
from app.jobs.tables import Job
from app.jobs.work import Held
from tests.world.people import Organisation, organisation
from tests.world.platform import Running

T = TypeVar("T")
INGEST = JobKind.INGEST_DOCUMENT


@dataclass(slots=True)
class Desk:
    """A tenant, a clock that stands still, and whoever takes jobs by it."""

    shop: Organisation
    clock: FixedClock
    leases: Leases

    @property
    def running(self) -> Running:
        return self.shop.running

    async def ask(self, subject: str, *, kind: JobKind = INGEST, tenant: str = "", **more: Any) -> str:
        wanted = Wanted(kind, subject, tenant or self.shop.id, **more)
        platform = self.running.platform
        async with platform.transactions.open(Reach.one(wanted.tenant_id)) as transaction:
            transaction.clock = self.clock
            return await ask_for(transaction, platform.jobs, wanted)

    async def call_off(self, subject: str, *, kind: JobKind = INGEST) -> bool:
        async with self.running.platform.transactions.open(Reach.one(self.shop.id)) as transaction:
            return await call_off(transaction, kind, subject)

    async def claim(self, *lanes: Lane) -> Held | None:
        return await asyncio.to_thread(self.leases.claim, lanes or list(Lane))

    async def take(self, *lanes: Lane) -> Held:
        held = await self.claim(*lanes)
        assert held is not None
        return held

    async def taken(self) -> list[str]:
        """Take everything there is; the subjects, in order."""
        found: list[str] = []
        while (held := await self.claim()) is not None:
            found.append(held.subject_id)
        return found

    async def does(self, deed: Callable[..., T], *said: Any) -> T:
        return await asyncio.to_thread(deed, *said)

    def later(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    async def rows(self) -> Sequence[Job]:
        async with self.running.platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            return (await transaction.session.scalars(select(Job).order_by(Job.id))).all()

    async def row(self) -> Job:
        (row,) = await self.rows()
        return row


@asynccontextmanager
async def desk_on(running: Running) -> AsyncIterator[Desk]:
    """An empty desk on a platform that does no jobs by itself."""
    engine, clock = running.platform.database.lanes, FixedClock(SystemClock().now())
    await asyncio.to_thread(transact, engine, lambda connection: connection.execute(delete(Job)))
    shop = await organisation(running)
    try:
        yield Desk(shop, clock, Leases(engine, clock, tuple(JobKind)))
    finally:
        await shop.aclose()
