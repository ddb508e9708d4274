"""Every collection and every tenant's files are looked at each hour, once; and no deletion is ever forgotten."""

from __future__ import annotations

import asyncio
from collections import Counter

from sqlalchemy import delete, select

from app.db.tenancy import Reach
from app.jobs.kinds import JobKind
from app.jobs.tables import Job
from indexing.reconciling.rounds import ask_for_reconciling
from tests.indexing.erasing.leavings import Leavings
from tests.world.people import Organisation
from tests.world.stacks import stack


async def asked(leavings: Leavings) -> Counter[tuple[str, str]]:
    async with leavings.papers.platform.transactions.open(leavings.reach, writes=False) as transaction:
        rows = await transaction.session.execute(select(Job.kind, Job.subject_id))
        return Counter((kind, subject_id) for kind, subject_id in rows)


async def test_each_is_asked_for_once_in_the_hour_however_many_ask(acme: Organisation) -> None:
    leavings = Leavings(await stack(acme))
    await leavings.indexed()
    platform = acme.running.platform
    await asyncio.gather(
        *(ask_for_reconciling(platform.transactions, platform.jobs, Reach.one(acme.id)) for _ in range(3))
    )
    await ask_for_reconciling(platform.transactions, platform.jobs, Reach.one(acme.id))
    wanted = {
        (JobKind.RECONCILE_COLLECTION.value, leavings.papers.id): 1,
        (JobKind.RECONCILE_FILES.value, acme.id): 1,
    }
    assert await asked(leavings) == wanted


async def test_a_deletion_whose_job_is_gone_is_promised_again(acme: Organisation) -> None:
    gone, whole = Leavings(await stack(acme)), Leavings(await stack(acme))
    document_id = await gone.indexed()
    await whole.indexed()
    await gone.remove(document_id)
    await whole.remove_all()
    platform = acme.running.platform
    async with platform.transactions.open(gone.reach) as transaction:
        await transaction.session.execute(delete(Job))
    await ask_for_reconciling(platform.transactions, platform.jobs, Reach.one(acme.id))
    told = await asked(gone)
    assert told[JobKind.ERASE_DOCUMENT.value, document_id] == 1
    assert told[JobKind.ERASE_COLLECTION.value, whole.papers.id] == 1
    assert sum(kind == JobKind.ERASE_DOCUMENT for kind, _ in told) == 1, "the others go with their collection"
