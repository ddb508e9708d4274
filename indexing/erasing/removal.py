"""Knowing, erasing: take a document or a collection from everybody's sight at once, and promise its erasing."""

from __future__ import annotations

from acl.opening import close_access
from acl.tables import AccessList
from app.db.transaction import Transaction
from app.jobs.asking import Wanted, ask_for, call_off
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from indexing.collections.tables import Collection
from indexing.documents.tables import Document

_BUILDING = (JobKind.RECHUNK_COLLECTION, JobKind.REEXTRACT_COLLECTION_GRAPH, JobKind.FORK_COLLECTION)


async def remove_document(transaction: Transaction, queue: JobQueue, document: Document) -> str:
    """Remove a document: it is there for nobody once this commits. Returns the job that erases it."""
    await _close(transaction, document.id)
    if document.deleted_at is None:
        document.deleted_at = document.updated_at = transaction.clock.now()
        document.run = None  # whoever works on it writes nothing of it any more
        document.changes += 1
    await transaction.session.flush()
    return await ask_for(transaction, queue, Wanted(JobKind.ERASE_DOCUMENT, document.id, document.tenant_id))


async def remove_collection(transaction: Transaction, queue: JobQueue, collection: Collection) -> str:
    """Remove a collection with its documents; its slug is free once this commits. Returns the job that erases it."""
    await _close(transaction, collection.id)
    if collection.deleted_at is None:
        collection.deleted_at = collection.updated_at = transaction.clock.now()
        collection.slug = collection.id
        for kind in _BUILDING:
            await call_off(transaction, kind, collection.id)
    await transaction.session.flush()
    return await ask_for(transaction, queue, Wanted(JobKind.ERASE_COLLECTION, collection.id, collection.tenant_id))


async def _close(transaction: Transaction, resource_id: str) -> None:
    access = await transaction.session.get(AccessList, resource_id)
    if access is not None:
        await close_access(transaction, access)
