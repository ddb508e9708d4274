"""Processes that ingest every document there is and then end; `python -m tests.world.ingesting` makes one for a line.

A line names a home and a fault, and is answered with how its process ended. They are forked from one that has imported
everything: what a process knows dies with it all the same, and a proof of many deaths takes no time to import.
"""

from __future__ import annotations

import asyncio
import os
import sys
from itertools import count
from pathlib import Path

from sqlalchemy import select

from app.db.tenancy import Reach
from app.errors import CannotStart
from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.work import Held
from app.wiring import Platform, open_platform
from indexing.documents.tables import Document
from tasks.jobs.ingest import ingest_document
from tests.world.platform import settings_for


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


async def _work(home: Path, fault: str) -> None:
    async with open_platform(settings_for(home, fault=fault)) as platform:
        await ingest_all(platform)


def _forked(home: Path, fault: str) -> int:
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(_work(home, fault))
        except CannotStart:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Make processes until there are no more lines."""
    for line in sys.stdin:
        home, _, fault = line.strip().partition("\t")
        sys.stdout.write(f"{_forked(Path(home), fault)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    import indexing.chunking.paragraph  # noqa: F401

    main()
