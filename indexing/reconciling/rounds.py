"""Knowing, reconciling: ask, every hour, for each collection and each tenant's files to be looked at.

Who was deleted and whose erasing is promised no more is found here too: no deletion is ever forgotten.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from datetime import timedelta
from itertools import groupby

from sqlalchemy import Select, exists, literal, select

from app.db.bulk import batches
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from app.jobs.tables import Job
from indexing.collections.tables import Collection as CollectionRow
from indexing.documents.tables import Document

EVERY = timedelta(hours=1)
_SPREAD_SECONDS = 1800.0
_MOST_FORGOTTEN = 1000
_ALL = Reach.everywhere()


async def ask_for_reconciling(transactions: Transactions, queue: JobQueue, reach: Reach = _ALL) -> int:
    """Ask for what nobody asked for within the hour; says how many jobs. In many processes at once it is one asking."""
    async with transactions.open(reach, writes=False) as transaction:
        wanted = [*await _unlooked_at(transaction), *await _forgotten(transaction)]
    for tenant_id, some in _by_tenant(wanted):
        async with transactions.open(Reach.one(tenant_id)) as transaction:
            for one in some:
                await ask_for(transaction, queue, one)
    return len(wanted)


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
    unseen = ~exists(asked(JobKind.RECONCILE_FILES, Document.tenant_id))
    tenants = select(Document.tenant_id).where(unseen).distinct()
    looking = [
        (JobKind.RECONCILE_COLLECTION, id_, tenant) for id_, tenant in await transaction.session.execute(collections)
    ]
    looking += [(JobKind.RECONCILE_FILES, tenant, tenant) for tenant in await transaction.session.scalars(tenants)]
    # Not all at once, nor always in one order.
    return [
        Wanted(kind, id_, tenant, due_at=now + timedelta(seconds=random.uniform(0, _SPREAD_SECONDS)))  # noqa: S311
        for kind, id_, tenant in looking
    ]


async def _forgotten(transaction: Transaction) -> list[Wanted]:
    found: list[Wanted] = []
    for kind, row in ((JobKind.ERASE_COLLECTION, CollectionRow), (JobKind.ERASE_DOCUMENT, Document)):
        promised = exists(select(Job.id).where(Job.active_key == literal(f"{kind}:") + row.id))
        wanted = select(row.id, row.tenant_id).where(row.deleted_at.is_not(None), ~promised)
        if kind is JobKind.ERASE_DOCUMENT:  # those of a deleted collection go with it
            wanted = wanted.join(CollectionRow, CollectionRow.id == Document.collection_id)
            wanted = wanted.where(CollectionRow.deleted_at.is_(None))
        rows = await transaction.session.execute(wanted.limit(_MOST_FORGOTTEN))
        found += [Wanted(kind, id_, tenant_id) for id_, tenant_id in rows]
    return found
