"""Processes that do every job there is, one by one, and then end; `python -m tests.world.finishing` makes them.

A line names a home and a fault, and is answered with how its process ended; see tests/world/ingesting.py.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from app.db.tenancy import Reach
from app.jobs.kinds import Lane
from app.jobs.tables import ENDED, RUNNING, Job
from app.telemetry.logging import configure_logging
from app.wiring import Platform, open_platform
from tasks.jobs.all import DEEDS
from tasks.worker.bench import Bench
from tests.world.platform import QUICK, settings_for

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


async def _work(home: Path, fault: str) -> None:
    async with open_platform(settings_for(home, fault=fault)) as platform:
        await finish_all(platform)


def _forked(home: Path, fault: str) -> int:
    child = os.fork()
    if child == 0:
        asyncio.run(_work(home, fault))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Make processes until there are no more lines."""
    for line in sys.stdin:
        home, _, fault = line.strip().partition("\t")
        print(_forked(Path(home), fault), flush=True)  # noqa: T201 - it answers whoever wrote the line


if __name__ == "__main__":
    import indexing.chunking.paragraph  # noqa: F401

    configure_logging("error", "json")
    main()
