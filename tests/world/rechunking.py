"""Processes that cut the one collection there is anew and then end; `python -m tests.world.rechunking` makes them.

A line names a home and a fault, and is answered with how its process ended; see tests/world/ingesting.py.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from sqlalchemy import select

from app.db.tenancy import Reach
from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.work import Held
from app.wiring import Platform, open_platform
from indexing.collections.tables import Collection
from tasks.jobs.rechunk import rechunk_collection
from tests.world.platform import settings_for


async def rechunk_all(platform: Platform) -> None:
    """Work on the collection until there is nothing left to do."""
    async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        collection = (await transaction.session.scalars(select(Collection))).one()
    job = (new_id("job"), collection.tenant_id, JobKind.RECHUNK_COLLECTION, collection.id)
    while await rechunk_collection(platform, Held(*job, new_id("lse"), 1)) is not None:  # noqa: ASYNC110 - for what is away
        await asyncio.sleep(0.1)


async def _work(home: Path, fault: str) -> None:
    async with open_platform(settings_for(home, fault=fault)) as platform:
        await rechunk_all(platform)


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

    main()
