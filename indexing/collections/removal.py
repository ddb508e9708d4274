"""Knowing, collections: a collection is gone for everybody at once; what stores hold of it is erased soon after."""

from __future__ import annotations

from acl.opening import close_access
from app.db.transaction import Transaction
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from indexing.collections.access import OpenCollection


async def remove_collection(transaction: Transaction, jobs: JobQueue, opened: OpenCollection) -> None:
    """Take a collection and its documents from everybody's sight, and promise that nothing of them will be left."""
    row = opened.row
    row.deleted_at = row.updated_at = transaction.clock.now()
    row.slug = row.id  # which is nobody's slug: the name is free for another collection from now on
    await transaction.session.flush()
    await close_access(transaction, opened.access)
    await ask_for(transaction, jobs, Wanted(JobKind.ERASE_COLLECTION, row.id, row.tenant_id))
