"""Knowing, documents: the one door by which a document comes to exist."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from acl.access import Access
from acl.opening import open_document_access
from acl.permission import Permission
from app.audit.record import record
from app.db.tenancy import Reach
from app.db.transaction import Transaction
from app.identity.caller import Caller
from app.ids import new_id
from app.jobs.asking import Wanted, ask_for_the_first_time
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from indexing.collections.access import require_access
from indexing.collections.tables import Collection
from indexing.documents.content import Content, ContentKeeping
from indexing.documents.found import FoundDocument
from indexing.documents.naming import file_name, media_type
from indexing.documents.quota import room_for
from indexing.documents.status import at_first
from indexing.documents.tables import Document

UPLOAD, URL, SCAIDRIVE, CRAWL = "upload", "url", "scaidrive", "crawl"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document comes from, and by what it is known when it comes again."""

    source: str = UPLOAD
    url: str | None = None
    digest: str | None = None
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is said of a document beside its content; the name is whatever its sender calls it."""

    name: str
    details: Mapping[str, Any] = field(default_factory=dict)
    declared_type: str | None = None
    origin: Origin = Origin()
    filename: str | None = None  # of the file, where the document is called otherwise


@dataclass(frozen=True, slots=True)
class DocumentIntake:
    """Takes files into collections, for those who may ingest there; whoever brings one owns it."""

    access: Access
    keeping: ContentKeeping
    jobs: JobQueue

    async def take(
        self, parts: AsyncIterator[bytes], arrival: Arrival, *, into: str, caller: Caller, tenant_id: str
    ) -> FoundDocument:
        """Take a file from a stream: its bytes are kept first, then everything else in one transaction."""
        kept, reach = self.keeping.keeping(tenant_id, parts), Reach.one(tenant_id)
        async with kept as content, self.keeping.transactions.open(reach) as transaction:
            return await self.accept(transaction, content, arrival, into=into, caller=caller)

    async def accept(
        self,
        transaction: Transaction,
        content: Content,
        arrival: Arrival,
        *,
        into: str,
        caller: Caller,
    ) -> FoundDocument:
        """Make a document of what was kept; its reading is promised in the same transaction."""
        collection = await self.allowed(transaction, into, caller)
        row = await self.add(transaction, content, arrival, into=collection, caller=caller)
        await transaction.session.flush()
        return FoundDocument(row, caller.user_id)

    async def add(
        self, transaction: Transaction, content: Content, arrival: Arrival, *, into: Collection, caller: Caller
    ) -> Document:
        """The same for one of many: whether it is allowed was asked, and it is written with the others."""
        await room_for(transaction.session, into, content.size_bytes)
        content.taken = True
        row = _row(transaction, into, arrival, caller, content.document_id)
        row.content_version = 1
        row.blob_key, row.size_bytes, row.sha256 = content.key, content.size_bytes, content.sha256
        row.mime_type = media_type(arrival.declared_type, arrival.filename or row.name)
        self._admit(transaction, row, caller)
        return row

    async def promise(self, transaction: Transaction, arrival: Arrival, *, into: str, caller: Caller) -> FoundDocument:
        """Make a document whose content is still to be fetched, by the job that reads it."""
        collection = await self.allowed(transaction, into, caller)
        row = _row(transaction, collection, arrival, caller, new_id("doc"))
        row.content_version = 0
        self._admit(transaction, row, caller)
        await transaction.session.flush()
        return FoundDocument(row, caller.user_id)

    async def allowed(
        self, transaction: Transaction, into: str, caller: Caller, held: Collection | None = None
    ) -> Collection:
        """The collection, if the caller may bring something; `held` where the transaction keeps it from others.

        Asked in each transaction, however lately it was asked before: the file may have taken its time to arrive.
        """
        resolver = self.access.resolver(transaction.session)
        return await require_access(resolver, caller, into, Permission.INGEST, held=held)

    def _admit(self, transaction: Transaction, row: Document, caller: Caller) -> None:
        transaction.session.add(row)
        open_document_access(
            transaction, row.id, collection_id=row.collection_id, owner_id=caller.user_id, tenant_id=row.tenant_id
        )
        ask_for_the_first_time(transaction, self.jobs, Wanted(JobKind.INGEST_DOCUMENT, row.id, row.tenant_id))
        facts = {"collection_id": row.collection_id, "source": row.source, "size_bytes": row.size_bytes}
        record(transaction, caller, "document.created", target=("document", row.id), tenant_id=row.tenant_id, **facts)


def _row(
    transaction: Transaction, collection: Collection, arrival: Arrival, caller: Caller, document_id: str
) -> Document:
    now, origin = transaction.clock.now(), arrival.origin
    return Document(
        id=document_id,
        tenant_id=collection.tenant_id,
        collection_id=collection.id,
        name=file_name(arrival.name),
        details=dict(arrival.details),
        source=origin.source,
        source_url=origin.url,
        source_digest=origin.digest,
        source_state=dict(origin.state),
        uploaded_by=caller.user_id,
        created_at=now,
        **at_first(now),
    )
