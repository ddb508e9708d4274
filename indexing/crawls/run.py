"""Knowing, crawls: one run is brought as far as it goes now, by whoever holds its job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from acl.access import Access
from app.blobs.ports import BlobStore
from app.db.transaction import Transactions
from app.db.writer import Writer
from app.identity.credentials import Credentials
from app.jobs.ports import JobQueue
from app.jobs.work import Held, Outcome
from app.modules.switchboard import Switchboard
from app.outbound.client import Allowance, OutboundClient
from indexing.crawls.arriving import Arriving
from indexing.crawls.ending import Endings
from indexing.crawls.finding import Known
from indexing.crawls.frontier import Frontier
from indexing.crawls.gathering import APART_SECONDS, Gathering
from indexing.crawls.holdings import Holdings
from indexing.crawls.hosts import Hosts
from indexing.crawls.outlying import Outlying
from indexing.crawls.plan import Plan
from indexing.crawls.politeness import Politeness
from indexing.crawls.robots import Robots
from indexing.crawls.scope import remembering
from indexing.crawls.settling import Settling
from indexing.crawls.sitemaps import Sitemaps
from indexing.crawls.standing import Starter
from indexing.crawls.tables import RETRY, CrawlJob
from indexing.crawls.vanishing import Vanishing
from indexing.crawls.visiting import Visiting
from indexing.crawls.walk import TURN_SECONDS, Walk
from indexing.documents.content import ContentKeeping
from indexing.documents.intake import DocumentIntake


@dataclass(frozen=True, slots=True)
class CrawlTools:
    """What every walk of a process works with."""

    transactions: Transactions
    writer: Writer
    credentials: Credentials
    access: Access
    switchboard: Switchboard
    blobs: BlobStore
    jobs: JobQueue
    client: OutboundClient
    hosts: Hosts
    tell: Callable[[], None]
    delay: float
    allowance: Allowance  # of one page
    turn_seconds: float = TURN_SECONDS
    apart_seconds: float = APART_SECONDS  # between two times that something is written down, if nothing is in a hurry


@dataclass(frozen=True, slots=True)
class CrawlRun:
    """Walks, under the lease of whoever holds the job; see `walk`."""

    tools: CrawlTools

    async def run(self, held: Held) -> Outcome:
        """Go on with a run where its last finding was written down."""
        endings = Endings(self.tools.transactions, self.tools.tell)
        job = await endings.begin(held)
        return None if job is None else await self._walk(held, job, endings).go()

    def _walk(self, held: Held, job: CrawlJob, endings: Endings) -> Walk:
        tools, plan = self.tools, Plan.read(job.plan)
        frontier = Frontier(tools.transactions, job.id)
        robots, politeness = Robots(tools.client), Politeness(tools.hosts, tools.delay)
        holdings = Holdings(tools.transactions, tools.access, job.tenant_id, job.collection_id)
        sitemaps = Sitemaps(tools.client, politeness.pause)
        outlying = Outlying(tools.transactions, holdings, frontier, robots, sitemaps, plan, held, _looked_back(job))
        starter, settling = self._starter(job), self._settling(held, job, plan, frontier)

        async def known(url: str) -> Known | None:
            return (await holdings.of(await starter.may_go_on(), [url])).get(url)

        visiting = Visiting(
            tools.client,
            robots,
            politeness,
            tools.blobs,
            plan,
            remembering(plan),
            tools.allowance,
            frontier.has_turn,
            known,
        )
        return Walk(
            transactions=tools.transactions,
            endings=endings,
            held=held,
            plan=plan,
            starter=starter,
            holdings=holdings,
            outlying=outlying,
            frontier=frontier,
            visiting=visiting,
            settling=settling,
            gathering=Gathering(settling.is_of_a_document, plan.max_total_bytes, tools.apart_seconds),
            turn_seconds=tools.turn_seconds,
        )

    def _starter(self, job: CrawlJob) -> Starter:
        tools = self.tools
        return Starter(
            credentials=tools.credentials,
            transactions=tools.transactions,
            access=tools.access,
            switchboard=tools.switchboard,
            user_id=job.started_by,
            key_id=job.key_id,
            tenant_id=job.tenant_id,
            collection_id=job.collection_id,
        )

    def _settling(self, held: Held, job: CrawlJob, plan: Plan, frontier: Frontier) -> Settling:
        tools = self.tools
        keeping = ContentKeeping(tools.transactions, tools.blobs)
        intake = DocumentIntake(tools.access, keeping, tools.jobs)
        return Settling(
            transactions=tools.transactions,
            writer=tools.writer,
            keeping=keeping,
            arriving=Arriving(tools.access, intake, tools.jobs, plan, job.collection_id, job.crawl_id),
            vanishing=Vanishing(tools.access, tools.jobs, plan, counts=job.trigger != RETRY),
            frontier=frontier,
            plan=plan,
            tenant_id=job.tenant_id,
            job_id=job.id,
            lease=held.lease,
            dry_run=job.dry_run,
        )


def _looked_back(job: CrawlJob) -> str | None:
    """The crawl whose former pages are asked for once more; dry runs and retries say nothing of what is gone."""
    return None if job.dry_run or job.trigger == RETRY else job.crawl_id
