"""Roof, backup: what was true of a moment that is gone: leases, numbers that caches go by, names of indexes.

Rows are as they were; who worked on what does so no more, and nobody who remembers anything may go on believing it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, insert, select, update

from app.backup.errors import ArchiveDamaged
from app.backup.files import Amendment
from app.backup.target import Before
from app.db.deadlock import transact
from app.db.epochs import Epoch
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.idempotency.tables import IdempotencyRecord
from app.identity.tables import Tenant
from app.ids import new_id
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from app.jobs.tables import RUNNING, WAITING, Job
from app.webhooks.tables import WebhookDelivery
from indexing.collections.naming import index_name
from indexing.collections.tables import Collection
from indexing.documents.status import begin_again
from indexing.documents.tables import Document
from indexing.erasing.removal import remove_document


def let_go(engine: Engine) -> None:
    """Nobody works on anything: what was begun waits, and what was being answered is not."""

    def work(connection: Connection) -> None:
        free = {"lease": None, "lease_until": None}
        connection.execute(update(Job).where(Job.state == RUNNING).values(state=WAITING, **free))
        connection.execute(update(WebhookDelivery).values(leased_until=None))
        connection.execute(delete(IdempotencyRecord).where(IdempotencyRecord.status.is_(None)))
        for id_, slug in connection.execute(select(Collection.id, Collection.slug)).all():
            name = index_name(slug, new_id("idx"))  # a name is never used twice: what stands there may not be gone
            connection.execute(update(Collection).where(Collection.id == id_).values(index_name=name))

    transact(engine, work)


def move_epochs(engine: Engine, before: Before) -> None:
    """Make everything stale that anybody remembers of what is here now, or of what was here before."""

    def work(connection: Connection) -> None:
        held: dict[str, int] = {row.scope: row.number for row in connection.execute(select(Epoch.scope, Epoch.number))}
        number = max((0, *held.values(), *before.epochs.values())) + 1
        connection.execute(delete(Epoch))
        rows = [{"scope": scope, "number": number} for scope in {*held, *before.epochs}]
        if rows:
            connection.execute(insert(Epoch), rows)

    transact(engine, work)


def amendments_of(raw: bytes) -> list[Amendment]:
    """Read what became of documents while the backup was taken."""
    try:
        return [Amendment(**json.loads(line)) for line in raw.splitlines()]
    except (ValueError, TypeError):
        raise ArchiveDamaged("What the backup says of replaced documents cannot be read.") from None


@dataclass(frozen=True, slots=True)
class Promising:
    """Asks for what is to be done once the platform runs again."""

    transactions: Transactions
    queue: JobQueue

    async def amend(self, amendments: Iterable[Amendment]) -> None:
        """Have documents fall in line with what became of their files."""
        for one in amendments:
            async with self.transactions.open(Reach.one(one.tenant_id)) as transaction:
                document = await transaction.session.get(Document, one.document_id)
                if document is None:
                    continue
                if one.deleted:
                    await remove_document(transaction, self.queue, document)
                else:
                    await self._replaced(transaction, document, one)

    async def look_through(self) -> None:
        """Have every collection and every tenant's files compared with their rows."""
        async with self.transactions.open(Reach.everywhere(), writes=False) as transaction:
            wanted = select(Collection.id, Collection.tenant_id).where(Collection.deleted_at.is_(None))
            collections = (await transaction.session.execute(wanted)).all()
            tenants = (await transaction.session.scalars(select(Tenant.id))).all()
        asked = [Wanted(JobKind.RECONCILE_COLLECTION, id_, tenant_id) for id_, tenant_id in collections]
        asked += [Wanted(JobKind.RECONCILE_FILES, tenant_id, tenant_id) for tenant_id in tenants]
        for one in asked:
            async with self.transactions.open(Reach.one(one.tenant_id)) as transaction:
                await ask_for(transaction, self.queue, one)

    async def _replaced(self, transaction: Transaction, document: Document, now: Amendment) -> None:
        document.content_version, document.blob_key = now.content_version, now.blob_key
        document.mime_type, document.size_bytes, document.sha256 = now.mime_type, now.size_bytes, now.sha256
        await begin_again(transaction, document)
        await ask_for(transaction, self.queue, Wanted(JobKind.INGEST_DOCUMENT, document.id, document.tenant_id))
