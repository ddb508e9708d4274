"""Knowing, crawls: what was found is written down in the order of its turns: verdict, document and counts together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.db.writer import Writer, Writing
from app.identity.caller import Caller
from indexing.crawls.arriving import Arrivals, Arriving, Stale
from indexing.crawls.finding import Finding, Known
from indexing.crawls.frontier import Frontier
from indexing.crawls.ledger import Met, Place, Tally, digest_of, enlist, hold, write_tally, write_verdicts
from indexing.crawls.plan import Plan
from indexing.crawls.reasons import Reason
from indexing.crawls.tables import FETCHED, SKIPPED, UNCHANGED, UNREAD
from indexing.crawls.vanishing import GONE, Vanishing
from indexing.documents.content import Content, ContentKeeping
from indexing.documents.quota import StorageQuotaExceeded

_COUNTED = {
    FETCHED: "pages_fetched",
    UNCHANGED: "pages_unchanged",
    SKIPPED: "pages_skipped",
    UNREAD: "pages_failed",
}


class StaleFinding(Exception):
    """What was known of one address when it was visited is not so any more; nothing was written."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.row.url)
        self.finding = finding


@dataclass(slots=True)
class Settled:
    """A transaction's worth of findings: how far the run is with them, and the addresses that came to be known."""

    tally: Tally
    learned: dict[bytes, bool] = field(default_factory=dict)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    met: list[tuple[Place, list[Met]]] = field(default_factory=list)
    full: StorageQuotaExceeded | None = None  # the collection takes no more


@dataclass(frozen=True, slots=True)
class Settling:
    """Settles findings of one run under its lease; limits hold in the order of turns, whatever was fetched first."""

    transactions: Transactions
    writer: Writer
    keeping: ContentKeeping
    arriving: Arriving
    vanishing: Vanishing
    frontier: Frontier
    plan: Plan
    tenant_id: str
    job_id: str
    lease: str
    dry_run: bool

    async def settle(self, caller: Caller, findings: Sequence[Finding]) -> Settled:
        """Write some findings down, all or none of them."""
        if not any(self.is_of_a_document(finding) for finding in findings):
            return await self.writer.write(partial(self._settle_plainly, findings=findings))
        async with AsyncExitStack() as stack:
            contents = {finding.row.position: await self._kept(stack, finding) for finding in findings}
            async with self.transactions.open(Reach.one(self.tenant_id)) as transaction:
                settled, now = await transaction.write(self._hold), transaction.clock.now()
                arrivals = Arrivals(self.arriving, transaction, caller, findings)
                for finding in findings:
                    decided = self._decide(finding, settled)
                    try:
                        id_ = await self._document(arrivals, decided, contents[finding.row.position])
                    except Stale:
                        raise StaleFinding(finding) from None
                    except StorageQuotaExceeded as error:
                        settled.full = error
                        decided.verdict, decided.reason, id_ = UNREAD, Reason.QUOTA, _id_of(decided.known)
                    self._note(decided, id_, settled, now)
                    if settled.full is not None:
                        break
                await transaction.write(partial(self._write, settled=settled))
        return settled

    def _settle_plainly(self, writing: Writing, findings: Sequence[Finding]) -> Settled:
        """The same where no document comes, changes or goes: in one go, on the thread of small changes."""
        settled = self._hold(writing)
        for finding in findings:
            decided = self._decide(finding, settled)
            self._note(decided, _id_of(decided.known), settled, writing.at)
        self._write(writing, settled)
        return settled

    def is_of_a_document(self, finding: Finding) -> bool:
        """Whether a document comes, changes or goes by it."""
        if self.dry_run:
            return False
        is_gone = finding.known is not None and finding.answered_with in GONE
        return is_gone or finding.former is not None or (finding.is_content and self.arriving.is_news(finding))

    async def _kept(self, stack: AsyncExitStack, finding: Finding) -> Content | None:
        """The content of a finding among the blobs, if it may become a document's; otherwise it goes again."""
        body = None if finding.page is None else finding.page.body
        if body is None or finding.verdict != FETCHED or finding.noindex:
            return None
        known = None if finding.known is None else finding.known.document_id
        return await stack.enter_async_context(self.keeping.keeping(self.tenant_id, body.parts(), document_id=known))

    def _hold(self, writing: Writing) -> Settled:
        return Settled(hold(writing, self.job_id, self.lease))

    def _decide(self, finding: Finding, settled: Settled) -> Finding:
        """What a finding comes to in its turn; a copy, for what is decided here may have to be decided once more."""
        finding, tally = replace(finding), settled.tally
        if finding.is_content and tally.bytes_fetched + finding.bytes > self.plan.max_total_bytes:
            finding.verdict, finding.reason, finding.links = SKIPPED, Reason.LIMIT_BYTES, ()
        tally.bytes_fetched += finding.bytes if finding.is_content else 0
        elsewhere = self._elsewhere(finding, settled)
        if elsewhere is not None:
            finding.verdict, finding.reason = SKIPPED, elsewhere
        if elsewhere is Reason.DUPLICATE:
            finding.links = ()
        if elsewhere is Reason.CANONICAL and finding.canonical is not None:
            self._meet(finding, finding.row.depth, [Met(finding.canonical)], settled)
        return finding

    def _note(self, finding: Finding, document_id: str | None, settled: Settled, at: datetime) -> None:
        learned = settled.learned
        _count(settled.tally, finding)
        learned.setdefault(digest_of(finding.row.url), finding.is_content)
        if finding.is_content:
            learned[digest_of(finding.row.url)] = learned[digest_of(finding.url)] = True
        settled.verdicts.append(_verdict(finding, document_id, at))
        self._meet(finding, finding.row.depth + 1, finding.links, settled)

    def _meet(self, finding: Finding, depth: int, met: Sequence[Met], settled: Settled) -> None:
        new = self.frontier.unmet(met, settled.learned)
        if new:
            settled.met.append((Place(self.tenant_id, self.job_id, finding.row.url, depth), new))

    def _elsewhere(self, finding: Finding, settled: Settled) -> Reason | None:
        """Why a page is another's: it led to one that has a turn of its own, or says that it belongs to one."""
        if not finding.is_content:
            return None
        if finding.url != finding.row.url and self.frontier.stands(finding.url, settled.learned):
            return Reason.DUPLICATE
        if finding.noindex:
            return Reason.NOINDEX
        if finding.canonical is None:
            return None
        stands = self.frontier.stands(finding.canonical, settled.learned)
        return None if stands is False else Reason.CANONICAL

    async def _document(self, arrivals: Arrivals, finding: Finding, content: Content | None) -> str | None:
        """What becomes of the document of an address; returns it."""
        transaction, caller = arrivals.transaction, arrivals.caller
        if finding.former is not None:
            await self.vanishing.note(transaction, caller, finding.former)
        if finding.is_content:
            return await arrivals.arrive(finding, content)
        if finding.verdict == SKIPPED:
            return None
        if finding.known is not None and finding.answered_with in GONE:
            await self.vanishing.note(transaction, caller, finding.known)
        return _id_of(finding.known)

    def _write(self, writing: Writing, settled: Settled) -> None:
        enlist(writing, settled.tally, settled.met)
        write_verdicts(writing, self.job_id, settled.verdicts)
        write_tally(writing, self.job_id, settled.tally)


def _id_of(known: Known | None) -> str | None:
    return None if known is None else known.document_id


def _hidden_with(finding: Finding) -> str | None:
    """What is skipped is of no document, unless it was not sent again: then it was read out of the one that is held."""
    return _id_of(finding.known) if finding.page is not None and finding.page.unchanged else None


def _count(tally: Tally, finding: Finding) -> None:
    counter = _COUNTED[finding.verdict]
    setattr(tally, counter, getattr(tally, counter) + 1)
    tally.pages += finding.is_page
    tally.pages_queued -= 1
    if finding.reason is Reason.LIMIT_BYTES:
        tally.stopped_by = tally.stopped_by or Reason.LIMIT_BYTES


def _verdict(finding: Finding, document_id: str | None, at: datetime) -> dict[str, Any]:
    page, led = finding.page, finding.url != finding.row.url
    return {
        "its_position": finding.row.position,
        "verdict": finding.verdict,
        "reason": None if finding.reason is None else str(finding.reason),
        "final_url": finding.url if led else None,
        "final_digest": digest_of(finding.url).hex() if led else None,
        "status": None if page is None else page.status,
        "mime_type": None if page is None else page.media_type[:120] or None,
        "bytes": finding.bytes,
        "ms": None if page is None else page.ms,
        "sha256": finding.sha256,
        "its_document": _hidden_with(finding) if finding.verdict == SKIPPED else document_id,
        "fetched_at": None if page is None else at,
    }
