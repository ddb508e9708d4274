"""A site, a platform that may crawl it, and runs that are walked by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from starlette.types import Receive, Scope, Send

from app.db.tenancy import Reach
from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.work import Held, Outcome
from indexing.crawls.launch import Launch, Start
from indexing.crawls.plan import Plan
from indexing.crawls.run import CrawlRun, CrawlTools
from indexing.crawls.tables import Crawl, CrawlJob, CrawlPage
from indexing.documents.tables import Document
from tasks.jobs.crawl import tools_of
from tasks.jobs.deeds import Deeds
from tests.world.people import Organisation
from tests.world.platform import Running, fresh
from tests.world.website import Page, Website, serving

HTML = {"content-type": "text/html"}


def html(*links: str, text: str = "words of a page", head: str = "", **headers: str) -> Page:
    """A page with these links."""
    leading = "".join(f'<a href="{link}">on</a>' for link in links)
    return Page(f"<html><head>{head}</head><body>{text}{leading}</body></html>".encode(), headers=HTML | headers)


@dataclass(slots=True)
class Site(Website):
    """A website where whoever asks may be made to wait."""

    gates: dict[str, Callable[[], Awaitable[object]]] = field(default_factory=dict)
    waited: int = 0  # how many have been made to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, once its gate is open."""
        gate = self.gates.get(scope["raw_path"].decode())
        if gate is not None:
            self.waited += 1
            await gate()
        await Website.__call__(self, scope, receive, send)


@dataclass(slots=True)
class Web:
    """A site and a collection it is crawled into."""

    site: Site
    running: Running
    acme: Organisation
    collection_id: str
    tools: CrawlTools
    runs: list[str] = field(default_factory=list)

    @property
    def other_url(self) -> str:
        """The same site as another host."""
        return self.site.url.replace("127.0.0.1", "localhost")

    def plan(self, **said: Any) -> Plan:
        """To crawl the site from its root."""
        return replace(Plan(f"{self.site.url}/"), **said)

    async def start(self, plan: Plan | None = None, crawl: Crawl | None = None, **said: Any) -> str:
        """Begin a run that nobody walks yet."""
        user = said.pop("user_id", self.acme.people["admin"].id)
        start = Start(plan or self.plan(), self.collection_id, self.acme.id, user, **said)
        async with self.running.platform.transactions.open(Reach.one(self.acme.id)) as transaction:
            launch = Launch(transaction, self.running.platform.jobs)
            job = await (launch.ad_hoc(start) if crawl is None else launch.saved(crawl, start))
        return job.id

    async def walk(self, job_id: str, tools: CrawlTools | None = None) -> Outcome:
        """Have it walked by somebody."""
        return await CrawlRun(tools or self.tools).run(self.held(job_id))

    def held(self, job_id: str) -> Held:
        """The job of a run, in somebody's hands."""
        return Held(new_id("job"), self.acme.id, JobKind.CRAWL_WEBSITE, job_id, new_id("lse"), 1)

    def held_by(self, job: CrawlJob) -> Held:
        """The job of a run, in the hands of whoever walks it."""
        return replace(self.held(job.id), lease=job.run or "")

    async def crawl(self, plan: Plan | None = None, crawl: Crawl | None = None, **said: Any) -> CrawlJob:
        """Begin a run, walk it to its end, and say how it ended."""
        job_id = await self.start(plan, crawl, **said)
        assert await self.walk(job_id) is None
        return await self.job(job_id)

    async def save(self, **said: Any) -> Crawl:
        """Save a crawl of the site."""
        plan, now = self.plan(**said), self.running.platform.clock.now()
        values = plan.written() | {"name": "site", "owner_id": self.acme.people["admin"].id}
        async with self.running.platform.transactions.open(Reach.one(self.acme.id)) as transaction:
            row = Crawl(
                id=new_id("crw"),
                tenant_id=self.acme.id,
                collection_id=self.collection_id,
                created_at=now,
                updated_at=now,
                **values,
            )
            transaction.session.add(row)
        return row

    async def job(self, job_id: str) -> CrawlJob:
        """A run as it is now."""
        async with self.running.platform.transactions.open(Reach.one(self.acme.id), writes=False) as transaction:
            return await transaction.session.get_one(CrawlJob, job_id)

    async def ledger(self, job_id: str) -> Sequence[CrawlPage]:
        """What became of every address."""
        wanted = select(CrawlPage).where(CrawlPage.job_id == job_id).order_by(CrawlPage.position)
        async with self.running.platform.transactions.open(Reach.one(self.acme.id), writes=False) as transaction:
            return (await transaction.session.scalars(wanted)).all()

    async def verdicts(self, job_id: str) -> dict[str, tuple[str | None, str | None]]:
        """The same, by path: verdict and reason."""
        rows = await self.ledger(job_id)
        return {row.url.removeprefix(self.site.url): (row.verdict, row.reason) for row in rows}

    async def documents(self) -> list[Document]:
        """What the collection holds."""
        wanted = select(Document).where(Document.collection_id == self.collection_id, Document.deleted_at.is_(None))
        async with self.running.platform.transactions.open(Reach.one(self.acme.id), writes=False) as transaction:
            return list(await transaction.session.scalars(wanted.order_by(Document.id)))

    def contents(self) -> list[str]:
        """What was asked of the site as content, in order."""
        return [path for path in self.site.paths if path != "/robots.txt"]


@asynccontextmanager
async def somewhere(deeds: Deeds | None = None, at: Site | None = None) -> AsyncIterator[tuple[Site, Running]]:
    """A site, and a platform that may crawl it and does nothing by itself but what it is told to."""
    async with serving(at or Site()) as site:
        hosts = (site.url.removeprefix("http://"), site.url.removeprefix("http://").replace("127.0.0.1", "localhost"))
        async with fresh(deeds=deeds or {}, allow_hosts=hosts, crawl_delay=0) as running:
            yield site, running


def web_of(site: Site, running: Running, acme: Organisation, collection_id: str) -> Web:
    """One tenant's view of it."""
    site.pages.clear()
    site.asked.clear()
    site.gates.clear()
    site.waited = 0
    return Web(site, running, acme, collection_id, tools_of(running.platform))
