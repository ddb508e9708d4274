"""Knowing, crawls: a run begins to be, and is called off; the job that walks is promised in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.db.transaction import Transaction
from app.ids import new_id
from app.jobs.asking import Wanted, ask_for_the_first_time, call_off
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from indexing.crawls.errors import CrawlAlreadyRunning
from indexing.crawls.ledger import close_queue
from indexing.crawls.plan import Plan
from indexing.crawls.reasons import Reason
from indexing.crawls.tables import AD_HOC, CANCELLED, ENDED, PENDING, Crawl, CrawlJob


@dataclass(frozen=True, slots=True)
class Start:
    """What is to be walked, and with whose rights: the user's, through a key if they came with one."""

    plan: Plan
    collection_id: str
    tenant_id: str
    user_id: str
    key_id: str | None = None
    trigger: str = AD_HOC
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Launch:
    """Begins runs and calls them off, in a transaction in which their caller was let at the collection."""

    transaction: Transaction
    jobs: JobQueue

    async def ad_hoc(self, start: Start) -> CrawlJob:
        """Begin a run of what is not saved."""
        return await self._begin(start, None)

    async def saved(self, crawl: Crawl, start: Start) -> CrawlJob:
        """Begin a run of a saved crawl, unless one is under way; of two who begin it at once, one does."""
        session = self.transaction.session
        await session.scalar(select(Crawl.id).where(Crawl.id == crawl.id).with_for_update())
        running = select(CrawlJob.id).where(CrawlJob.active_key == crawl.id).with_for_update()
        under_way: str | None = await session.scalar(running)
        if under_way is not None:
            raise CrawlAlreadyRunning(under_way)
        return await self._begin(start, crawl.id)

    async def cancel(self, job: CrawlJob) -> bool:
        """End a run, which the transaction holds; whoever walks writes nothing more of it. False if it had ended."""
        if job.status in ENDED:
            return False
        session, now = self.transaction.session, self.transaction.clock.now()
        await session.flush()
        await session.refresh(job, with_for_update=True)  # everybody holds the run before its pages
        if job.status in ENDED:
            return False
        await self.transaction.write(lambda writing: close_queue(writing.on, job.id, Reason.CANCELLED))
        await session.refresh(job, with_for_update=True)
        job.status, job.cancel_asked, job.run, job.active_key = CANCELLED, True, None, None
        job.finished_at = job.updated_at = now
        job.changes += 1
        await session.flush()
        await call_off(self.transaction, JobKind.CRAWL_WEBSITE, job.id)
        return True

    async def _begin(self, start: Start, crawl_id: str | None) -> CrawlJob:
        now = self.transaction.clock.now()
        job = CrawlJob(
            id=new_id("job"),
            tenant_id=start.tenant_id,
            collection_id=start.collection_id,
            crawl_id=crawl_id,
            active_key=crawl_id,
            trigger=start.trigger,
            started_by=start.user_id,
            key_id=start.key_id,
            plan=start.plan.written(),
            dry_run=start.dry_run,
            status=PENDING,
            changes=1,
            created_at=now,
            updated_at=now,
        )
        self.transaction.session.add(job)
        await self.transaction.session.flush()
        wanted = Wanted(JobKind.CRAWL_WEBSITE, job.id, job.tenant_id)
        ask_for_the_first_time(self.transaction, self.jobs, wanted)
        return job
