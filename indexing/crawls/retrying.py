"""Knowing, crawls: the pages of a run that failed, asked for once more in a run of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from acl.chokepoint import Chokepoint
from app.db.transaction import Transaction
from app.db.writer import Writing
from app.errors import Kind, PlatformError
from app.identity.caller import Caller
from app.jobs.ports import JobQueue
from app.paging import PageRequest
from indexing.crawls.errors import CrawlAlreadyRunning
from indexing.crawls.launch import Launch, Start
from indexing.crawls.ledger import Met, Place, Tally, digest_of, enlist, enlist_above, write_tally
from indexing.crawls.plan import Plan
from indexing.crawls.tables import ENDED, RETRY, UNREAD, Crawl, CrawlJob, CrawlPage
from indexing.crawls.verdicts import Verdicts, WantedPages

MOST = 5_000  # pages of one run
_AT_ONCE = 500


class NothingFailed(PlatformError):
    """No page of the run failed, or none that its caller may know of, so there is nothing to ask for again."""

    code = "CRAWL_NOTHING_FAILED"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("No page of this run failed; to have everything looked at again, run the crawl again.")


@dataclass(frozen=True, slots=True)
class Retrying:
    """Begins such runs, in a transaction in which their caller was let at the collection and that holds the old run.

    Only those pages are asked for, and nothing they lead to. Each is known of, as before, from the page it was met on:
    that one comes along into the new ledger, without a verdict, and so does what is above it.
    """

    transaction: Transaction
    jobs: JobQueue
    chokepoint: Chokepoint
    caller: Caller

    async def retry(self, job: CrawlJob) -> CrawlJob:
        """Begin one with the plan of the old run; of a saved crawl it is a run too."""
        if job.status not in ENDED:
            raise CrawlAlreadyRunning(job.id)
        failed = await self._failed(job)
        if not failed:
            raise NothingFailed
        above = await self._above(job.id, failed)
        begun = await self._begun(job)

        def plant(writing: Writing) -> None:
            tally = Tally()
            met = [(self._place(begun, row), [Met(row.url, document_id=row.document_id)]) for row in failed]
            enlist(writing, tally, met)
            enlist_above(writing, tally, [(self._place(begun, row, 0), row.url, row.document_id) for row in above])
            write_tally(writing, begun.id, tally)

        await self.transaction.write(plant)
        await self.transaction.session.refresh(begun)
        return begun

    async def _begun(self, job: CrawlJob) -> CrawlJob:
        plan = replace(Plan.read(job.plan), max_depth=0, use_sitemap=False)
        who = (self.caller.user_id, self.caller.key_id)
        start = Start(plan, job.collection_id, job.tenant_id, *who, trigger=RETRY, dry_run=job.dry_run)
        launch = Launch(self.transaction, self.jobs)
        crawl = None if job.crawl_id is None else await self.transaction.session.get(Crawl, job.crawl_id)
        return await (launch.ad_hoc(start) if crawl is None else launch.saved(crawl, start))

    async def _failed(self, job: CrawlJob) -> list[CrawlPage]:
        """Those the caller may know of, in the order they were met."""
        verdicts = Verdicts(self.chokepoint, self.transaction.session, self.caller, job)
        found: list[CrawlPage] = []
        after: str | None = None
        while len(found) < MOST:
            page = await verdicts.page(WantedPages(UNREAD), PageRequest(_AT_ONCE, after, "asc"))
            found += [seen.value.row for seen in page.items]
            after = page.next_after
            if after is None:
                break
        return found[:MOST]

    async def _above(self, job_id: str, rows: Sequence[CrawlPage]) -> list[CrawlPage]:
        """The pages these were met on, and those on the way up from there to the next that is a document."""
        above: dict[str, CrawlPage] = {}
        mine = {row.url for row in rows}
        urls = {row.found_on for row in rows if row.found_on is not None} - mine
        while urls:
            digests = [digest_of(url).hex() for url in urls]
            found: list[CrawlPage] = []
            for start in range(0, len(digests), _AT_ONCE):
                some = CrawlPage.digest.in_(digests[start : start + _AT_ONCE])
                found += await self.transaction.session.scalars(
                    select(CrawlPage).where(CrawlPage.job_id == job_id, some)
                )
            above |= {row.url: row for row in found}
            further = {row.found_on for row in found if row.document_id is None and row.found_on is not None}
            urls = further - above.keys() - mine
        return list(above.values())

    def _place(self, begun: CrawlJob, row: CrawlPage, depth: int = 1) -> Place:
        """Deeper than the plan goes, so that nothing they lead to is followed."""
        return Place(begun.tenant_id, begun.id, row.found_on, depth)
