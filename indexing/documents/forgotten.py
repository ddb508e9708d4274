"""Knowing, documents: those nobody is promised to work on although they are not done; the sweep asks for them again."""

from __future__ import annotations

from sqlalchemy import and_, literal, or_, select

from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from app.jobs.tables import Job
from indexing.documents.status import STALLED_AFTER
from indexing.documents.tables import Document

_AT_ONCE = 200


async def ask_for_forgotten(transactions: Transactions, queue: JobQueue) -> int:
    """Ask for some of the documents that have been silent for too long and have no job; says how many."""
    found = await _forgotten(transactions)
    for document_id, tenant_id in found:
        async with transactions.open(Reach.one(tenant_id)) as transaction:
            await ask_for(transaction, queue, Wanted(JobKind.INGEST_DOCUMENT, document_id, tenant_id))
    return len(found)


async def _forgotten(transactions: Transactions) -> list[tuple[str, str]]:
    now = transactions.clock.now()
    silent = or_(
        *(
            and_(
                Document.status == status,
                Document.updated_at < now - age,
                or_(Document.next_try_at.is_(None), Document.next_try_at < now - age),
            )
            for status, age in STALLED_AFTER.items()
        )
    )
    promised = select(Job.id).where(Job.active_key == literal(f"{JobKind.INGEST_DOCUMENT}:") + Document.id)
    wanted = select(Document.id, Document.tenant_id).where(silent, Document.deleted_at.is_(None), ~promised.exists())
    async with transactions.open(Reach.everywhere(), writes=False) as transaction:
        rows = await transaction.session.execute(wanted.order_by(Document.updated_at).limit(_AT_ONCE))
        return [(document_id, tenant_id) for document_id, tenant_id in rows]
