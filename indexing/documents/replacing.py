"""Knowing, documents: a document gets other content, or is to be read again; the old text answers until then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.audit.record import record
from app.db.transaction import Transaction
from app.identity.caller import Caller
from app.jobs.asking import Wanted, ask_for
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from indexing.collections.queries import get_for_tenant
from indexing.documents.content import Content
from indexing.documents.errors import NothingToRetry
from indexing.documents.naming import media_type
from indexing.documents.quota import room_for
from indexing.documents.status import DocumentStatus, begin_again
from indexing.documents.tables import Document


@dataclass(frozen=True, slots=True)
class Replacing:
    """Changes what a document holds, in a transaction in which its caller was let at it."""

    transaction: Transaction
    jobs: JobQueue
    caller: Caller

    async def replace(
        self, row: Document, content: Content, declared_type: str | None, filename: str | None = None
    ) -> None:
        """Give a document other content; what was found of the old one is found until the new one is read."""
        collection = await get_for_tenant(self.transaction.session, row.collection_id)
        if collection is not None:
            await room_for(self.transaction.session, collection, content.size_bytes, instead_of=row.id)
        content.taken = True
        row.content_version += 1
        row.blob_key, row.size_bytes, row.sha256 = content.key, content.size_bytes, content.sha256
        row.mime_type = media_type(declared_type, filename or row.name)
        row.uploaded_by = self.caller.user_id
        await self._again(row, False)
        self._record(row, "document.content_replaced", size_bytes=row.size_bytes, version=row.content_version)

    async def refresh(self, row: Document) -> None:
        """Fetch a document anew from where it came; if it has not changed there, that costs nothing."""
        await self._again(row, True)
        self._record(row, "document.refreshed")

    async def retry(self, row: Document) -> None:
        """Try again now what has failed or waits; what its stages have made is not made again."""
        if row.status == DocumentStatus.INDEXED:
            raise NothingToRetry("The document is indexed; replace its content, or re-chunk its collection.")
        if row.run is not None and row.status != DocumentStatus.FAILED:
            raise NothingToRetry("The document is being worked on right now.")
        was = {"status": row.status, "code": row.error_code}
        await self._again(row, None)
        self._record(row, "document.retried", **was)

    async def _again(self, row: Document, fetch: bool | None) -> None:  # noqa: FBT001 - of this class alone
        """Begin anew; `fetch` says whether to ask where it came from, None leaves that as it was."""
        await begin_again(self.transaction, row)
        payload = {} if fetch is None else {"fetch": fetch}
        wanted = Wanted(JobKind.INGEST_DOCUMENT, row.id, row.tenant_id, payload)
        await ask_for(self.transaction, self.jobs, wanted)

    def _record(self, row: Document, action: str, **details: Any) -> None:
        target, tenant = ("document", row.id), row.tenant_id
        record(self.transaction, self.caller, action, target=target, tenant_id=tenant, **details)
