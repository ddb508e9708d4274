"""Processes that extract the graph of the one collection there is anew; `python -m tests.world.reextracting` does it.

A line names a home and a fault, and is answered with how its process ended; see tests/world/forking.py.
"""

from __future__ import annotations

import asyncio

from sqlalchemy import select

from app.db.tenancy import Reach
from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.work import Held
from app.wiring import Platform
from indexing.collections.tables import Collection
from tasks.jobs.reextract import reextract_collection_graph
from tests.world.forking import make_processes


async def reextract_all(platform: Platform) -> None:
    """Work on the collection until there is nothing left to do."""
    async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        collection = (await transaction.session.scalars(select(Collection))).one()
    job = (new_id("job"), collection.tenant_id, JobKind.REEXTRACT_COLLECTION_GRAPH, collection.id)
    while await reextract_collection_graph(platform, Held(*job, new_id("lse"), 1)) is not None:  # noqa: ASYNC110 - for what is away
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    make_processes(reextract_all)
