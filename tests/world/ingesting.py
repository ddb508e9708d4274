"""Processes that ingest every document there is and then end; `python -m tests.world.ingesting` makes them.

A line names a home and a fault, and is answered with how its process ended; see tests/world/forking.py.
"""

from __future__ import annotations

import asyncio
from itertools import count

from sqlalchemy import select

from app.db.tenancy import Reach
from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.work import Held
from app.wiring import Platform
from indexing.documents.tables import Document
from tasks.jobs.ingest import ingest_document
from tests.world.forking import make_processes


async def ingest_all(platform: Platform) -> None:
    """Give every document its turn, one after the other, until none of them waits."""
    async with platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        found = await transaction.session.execute(select(Document.id, Document.tenant_id).order_by(Document.id))
        left = [(document_id, tenant_id) for document_id, tenant_id in found]
    for attempt in count(1):
        for document_id, tenant_id in list(left):
            job = (new_id("job"), tenant_id, JobKind.INGEST_DOCUMENT, document_id, new_id("lse"), attempt)
            if await ingest_document(platform, Held(*job)) is None:
                left.remove((document_id, tenant_id))
        if not left:
            return
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    make_processes(ingest_all)
