"""Knowing, reconciling: ask, every hour, for each collection and each tenant's files to be looked at.

Who was deleted and whose erasing is promised no more is found here too: no deletion is ever forgotten.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Collection, Iterator
from datetime import timedelta
from itertools import groupby

from sqlalchemy import Select, exists, literal, select

from app.db.bulk import batches
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.identity.tables import Tenant
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from app.jobs.tables import Job
from indexing.collections.tables import Collection as CollectionRow
from indexing.documents.tables import Document

EVERY = timedelta(hours=1)
_SPREAD_SECONDS = 1800.0
_FORGOTTEN_AT_ONCE = 500
_ALL = Reach.everywhere()


async def ask_for_reconciling(transactions: Transactions, queue: JobQueue, reach: Reach = _ALL) -> int:
    """Ask for what nobody asked for within the hour; says how many jobs. In many processes at once it is one asking."""
    async with transactions.open(reach, writes=False) as transaction:
        wanted = await _unlooked_at(transaction)
    await _ask(transactions, queue, wanted)
    asked = len(wanted)
    for kind in (JobKind.ERASE_COLLECTION, JobKind.ERASE_DOCUMENT):
        async for wanted in _forgotten(transactions, reach, kind):
            await _ask(transactions, queue, wanted)
            asked += len(wanted)
    return asked


async def _ask(transactions: Transactions, queue: JobQueue, wanted: Collection[Wanted]) -> None:
    for tenant_id, some in _by_tenant(wanted):
        async with transactions.open(Reach.one(tenant_id)) as transaction:
            for one in some:
                await ask_for(transaction, queue, one)


def _by_tenant(wanted: Collection[Wanted]) -> Iterator[tuple[str, list[Wanted]]]:
    for tenant_id, jobs in groupby(sorted(wanted, key=lambda one: one.tenant_id), lambda one: one.tenant_id):
        for some in batches(jobs):
            yield tenant_id, list(some)


async def _unlooked_at(transaction: Transaction) -> list[Wanted]:
    now = transaction.clock.now()
    lately = now - EVERY * 0.9

    def asked(kind: JobKind, of: object) -> Select[str]:
        return select(Job.id).where(Job.kind == kind, Job.subject_id == of, Job.created_at > lately)

    unseen = ~exists(asked(JobKind.RECONCILE_COLLECTION, CollectionRow.id))
    collections = select(CollectionRow.id, CollectionRow.tenant_id).where(CollectionRow.deleted_at.is_(None), unseen)
    tenants = select(Tenant.id).where(~exists(asked(JobKind.RECONCILE_FILES, Tenant.id)))
    reach = transaction.session.reach.tenants
    if reach is not None:
        tenants = tenants.where(Tenant.id.in_(reach))
    looking = [
        (JobKind.RECONCILE_COLLECTION, id_, tenant) for id_, tenant in await transaction.session.execute(collections)
    ]
    looking += [(JobKind.RECONCILE_FILES, tenant, tenant) for tenant in await transaction.session.scalars(tenants)]
    # Not all at once, nor always in one order.
    return [
        Wanted(kind, id_, tenant, due_at=now + timedelta(seconds=random.uniform(0, _SPREAD_SECONDS)))  # noqa: S311
        for kind, id_, tenant in looking
    ]


async def _forgotten(transactions: Transactions, reach: Reach, kind: JobKind) -> AsyncIterator[list[Wanted]]:
    """What was deleted and is promised to nobody any more, some hundreds at a time."""
    row = CollectionRow if kind is JobKind.ERASE_COLLECTION else Document
    promised = exists(select(Job.id).where(Job.active_key == literal(f"{kind}:") + row.id))
    wanted = select(row.id, row.tenant_id).where(row.deleted_at.is_not(None), ~promised)
    if row is Document:  # those of a deleted collection go with it
        wanted = wanted.join(CollectionRow, CollectionRow.id == Document.collection_id)
        wanted = wanted.where(CollectionRow.deleted_at.is_(None))
    last = ""
    while True:
        async with transactions.open(reach, writes=False) as transaction:
            page = wanted.where(row.id > last).order_by(row.id).limit(_FORGOTTEN_AT_ONCE)
            found = [Wanted(kind, id_, tenant_id) for id_, tenant_id in await transaction.session.execute(page)]
        if not found:
            return
        last = found[-1].subject_id
        yield found
