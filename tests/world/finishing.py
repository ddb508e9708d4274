"""Processes that do every job there is, one by one, and then end; `python -m tests.world.finishing` makes them.

A line names a home and a fault, and is answered with how its process ended; see tests/world/forking.py.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import func, select, update

from app.db.tenancy import Reach
from app.jobs.kinds import Lane
from app.jobs.tables import ENDED, RUNNING, Job
from app.wiring import Platform
from tasks.jobs.all import DEEDS
from tasks.worker.bench import Bench
from tests.world.forking import make_processes
from tests.world.platform import QUICK

_SOON = timedelta(minutes=1)  # what is due later than that is not waited for
_IN_ORDER = (Lane.BULK, Lane.INGEST, Lane.UPKEEP)


async def finish_all(platform: Platform) -> None:
    """Do what was promised and what whoever died before had in hand, until nothing is due soon."""
    await let_leases_end(platform)
    bench = Bench(platform, DEEDS, QUICK)
    while await _left(platform):
        task = await bench.begin(_IN_ORDER)
        await (task or asyncio.sleep(0.05))
    await bench.aclose()


async def let_leases_end(platform: Platform) -> None:
    """Whoever had a job in hand was gone half a minute ago."""
    async with platform.transactions.open(Reach.everywhere()) as transaction:
        gone = update(Job).where(Job.state == RUNNING).values(lease_until=Job.created_at)
        await transaction.session.execute(gone, execution_options={"synchronize_session": False})


async def _left(platform: Platform) -> bool:
    soon = platform.clock.now() + _SOON
    wanted = select(func.count(Job.id)).where(Job.state.not_in(ENDED), Job.due_at <= soon)
    async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        return bool(await transaction.session.scalar(wanted))


if __name__ == "__main__":
    make_processes(finish_all)
