"""Knowing, crawls: a page that is gone leaves its document there for a while, in case it comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from acl.access import Access
from acl.permission import Permission
from app.audit.record import record
from app.db.transaction import Transaction
from app.identity.caller import Caller
from app.jobs.ports import JobQueue
from indexing.crawls.arriving import GONE_IN, GONE_SINCE, note_state
from indexing.crawls.finding import Known
from indexing.crawls.plan import Plan
from indexing.documents.access import ref_for_document
from indexing.documents.intake import CRAWL
from indexing.documents.queries import find_document
from indexing.erasing.removal import remove_document

GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Vanishing:
    """Counts in how many runs a page was gone, and since when; after the grace its document is deleted like any other.

    What came in by another door than crawls stays, and so does what whoever started the run may not delete.
    """

    access: Access
    jobs: JobQueue
    plan: Plan
    counts: bool = True  # not for who only asks again for what had failed, and perhaps was gone, in a run before

    async def note(self, transaction: Transaction, caller: Caller, known: Known) -> None:
        """Say that a document's page is gone this time."""
        if not self.counts:
            return
        found = await find_document(transaction.session, known.document_id, hold=True)
        if found is None or found.row.source != CRAWL:
            return
        row, now = found.row, transaction.clock.now()
        since = row.source_state.get(GONE_SINCE, now.isoformat())
        times = int(row.source_state.get(GONE_IN, 0)) + 1
        if self._is_over(times, now - datetime.fromisoformat(since)) and await self._may(transaction, caller, row.id):
            await remove_document(transaction, self.jobs, row)
            why = {"collection_id": row.collection_id, "gone_since": since, "gone_in_runs": times}
            target = ("document", row.id)
            record(transaction, caller, "document.deleted", target=target, tenant_id=row.tenant_id, **why)
        else:
            await note_state(transaction, row.id, {**row.source_state, GONE_SINCE: since, GONE_IN: times})

    def _is_over(self, times: int, age: timedelta) -> bool:
        return times >= self.plan.grace_crawls or age >= timedelta(days=self.plan.grace_days)

    async def _may(self, transaction: Transaction, caller: Caller, document_id: str) -> bool:
        resolver = self.access.resolver(transaction.session)
        return await resolver.can(caller, ref_for_document(document_id), Permission.DELETE)
