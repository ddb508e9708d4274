"""Knowing, crawls: a run begins to walk, and ends: what its row says of that, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.jobs.tables import Job
from app.jobs.work import Held
from app.webhooks.events import Event
from app.webhooks.publish import publish
from indexing.crawls.canonical import canonical
from indexing.crawls.errors import CrawlSeedFailed
from indexing.crawls.ledger import Met, Place, Tally, WalkLost, close_queue, enlist, hold, write_tally
from indexing.crawls.plan import Plan
from indexing.crawls.reasons import Reason
from indexing.crawls.tables import COMPLETED, ENDED, FAILED, PENDING, RETRY, RUNNING, UNREAD, CrawlJob, CrawlPage
from indexing.crawls.telling import sentence_of

_LONGEST_MESSAGE = 1000
_NUMBERS = ("pages_fetched", "pages_unchanged", "pages_skipped", "pages_failed", "bytes_fetched")


@dataclass(frozen=True, slots=True)
class Endings:
    """Writes how runs begin and end, under the lease of whoever walks."""

    transactions: Transactions
    tell: Callable[[], None]  # whoever sends to webhooks that there is something to send

    async def begin(self, held: Held) -> CrawlJob | None:
        """Take a run over from whoever had it, or begin it with its seed; None if there is nothing left to do."""
        async with self.transactions.open(Reach.one(held.tenant_id)) as transaction:
            job = await _held(transaction, held.subject_id)
            if job is None or job.status in ENDED:
                return None
            now = transaction.clock.now()
            if job.status == PENDING:
                job.status, job.started_at = RUNNING, now
            job.run, job.updated_at, job.changes = held.lease, now, job.changes + 1
            if not job.listed:
                await _plant(transaction, job)
            return job

    async def complete(self, held: Held, cut: Reason | None) -> None:
        """Say that a run has come to its end; `cut` is the limit that brought it there."""
        async with self.transactions.open(Reach.one(held.tenant_id)) as transaction:
            await transaction.write(lambda writing: hold(writing, held.subject_id, held.lease))
            if cut is not None:
                await transaction.write(lambda writing: close_queue(writing.on, held.subject_id, cut))
            job = await _held(transaction, held.subject_id)
            if job is None:
                raise WalkLost(held.subject_id)
            verdict, reason = await _seed_of_nothing(transaction, job)
            if verdict != UNREAD:
                _end(transaction, job, COMPLETED)
                job.stopped_by = cut or job.stopped_by or reason
            else:
                _end(transaction, job, FAILED)
                job.error_code, job.error_message = CrawlSeedFailed.code, _unread(str(reason))
            await transaction.session.flush()
            if job.status == COMPLETED and not job.dry_run and await _publish(transaction, job):
                transaction.after_commit(self.tell)

    async def fail(self, held: Held, code: str, message: str, reason: Reason = Reason.STOPPED) -> None:
        """Say why a run ended before its time; what it has kept stays."""
        async with self.transactions.open(Reach.one(held.tenant_id)) as transaction:
            job = await _held(transaction, held.subject_id)
            if job is None or job.status in ENDED:
                return
            if job.run not in {None, held.lease} and not await _is_in_hand(transaction, held):
                return  # another has taken it over, and says how it ends
            await transaction.write(lambda writing: close_queue(writing.on, held.subject_id, reason))
            job = await _held(transaction, held.subject_id)
            if job is not None:
                _end(transaction, job, FAILED)
                job.error_code, job.error_message = code, message[:_LONGEST_MESSAGE]


def _end(transaction: Transaction, job: CrawlJob, status: str) -> None:
    job.status, job.run, job.active_key = status, None, None
    job.finished_at = job.updated_at = transaction.clock.now()
    job.changes += 1


async def _held(transaction: Transaction, job_id: str) -> CrawlJob | None:
    wanted = select(CrawlJob).where(CrawlJob.id == job_id).with_for_update()
    found: CrawlJob | None = await transaction.session.scalar(wanted, execution_options={"populate_existing": True})
    return found


async def _is_in_hand(transaction: Transaction, held: Held) -> bool:
    """Whether the job itself is still whose lease this is, though they have not begun to walk."""
    wanted = select(Job.id).where(Job.id == held.id, Job.lease == held.lease)
    return await transaction.session.scalar(wanted) is not None


async def _plant(transaction: Transaction, job: CrawlJob) -> None:
    plan = Plan.read(job.plan)
    seed = canonical(plan.seed_url)
    if seed is None:
        raise CrawlSeedFailed("The address this crawl begins at is none that could be asked for.")
    tally = Tally()

    def write(writing: Any) -> None:
        enlist(writing, tally, [(Place(job.tenant_id, job.id, None, 0), [Met(seed)])])
        write_tally(writing, job.id, tally)

    await transaction.write(write)
    await transaction.session.refresh(job)


async def _seed_of_nothing(transaction: Transaction, job: CrawlJob) -> tuple[str | None, str | None]:
    """What became of the address it began at, and why, if nothing could be read at all."""
    if job.pages_fetched or job.pages_unchanged or job.trigger == RETRY:
        return None, None
    wanted = select(CrawlPage.verdict, CrawlPage.reason).where(CrawlPage.job_id == job.id, CrawlPage.position == 0)
    seed = (await transaction.session.execute(wanted)).one_or_none()
    return (None, None) if seed is None else (seed[0], seed[1])


def _unread(reason: str) -> str:
    return f"The address this crawl begins at gave nothing to read ({reason}). {sentence_of(reason)}"


async def _publish(transaction: Transaction, job: CrawlJob) -> bool:
    numbers = {name: getattr(job, name) for name in _NUMBERS}
    payload = {"job_id": job.id, "crawl_id": job.crawl_id, "collection_id": job.collection_id, "status": job.status}
    told = payload | numbers | {"stopped_by": job.stopped_by}

    def write(writing: Any) -> bool:
        return publish(writing.on, job.tenant_id, Event.CRAWL_COMPLETED, told, at=writing.at)

    return await transaction.write(write)
