"""Knowing, crawls: the runs there were and are, and which of them are looked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.db.tenancy import TenantSession
from app.errors import NotFound
from app.paging import Page, PageRequest, cut
from indexing.crawls.tables import Crawl, CrawlJob

Run = CrawlJob  # as the doors call it


class CrawlJobNotFound(NotFound):
    """The collection has no such run of a crawl."""

    code = "CRAWL_JOB_NOT_FOUND"


async def last_runs(session: TenantSession, crawl_ids: Collection[str]) -> dict[str, CrawlJob]:
    """The last run of each of some saved crawls, if there was one; dry runs are none."""
    run = aliased(CrawlJob)
    mine = select(run.id).where(run.crawl_id == Crawl.id, run.dry_run.is_(False))
    last = mine.order_by(run.id.desc()).limit(1).correlate(Crawl).scalar_subquery()
    ids = [id_ for id_ in await session.scalars(select(last).where(Crawl.id.in_(crawl_ids))) if id_ is not None]
    rows = await session.scalars(select(CrawlJob).where(CrawlJob.id.in_(ids))) if ids else ()
    return {row.crawl_id: row for row in rows if row.crawl_id is not None}


@dataclass(frozen=True, slots=True)
class WantedRuns:
    """Which runs are looked for; None is any."""

    crawl_id: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one collection."""

    session: TenantSession
    collection_id: str

    async def one(self, job_id: str, *, hold: bool = False) -> CrawlJob:
        """One of them; `hold` keeps it as it is until the commit."""
        wanted = select(CrawlJob).where(CrawlJob.id == job_id, CrawlJob.collection_id == self.collection_id)
        if hold:
            wanted = wanted.with_for_update().execution_options(populate_existing=True)
        found: CrawlJob | None = await self.session.scalar(wanted)
        if found is None:
            raise CrawlJobNotFound
        return found

    async def page(self, wanted: WantedRuns, request: PageRequest) -> Page[CrawlJob]:
        """A page of them."""
        found, newest = select(CrawlJob).where(CrawlJob.collection_id == self.collection_id), request.order == "desc"
        for column, value in ((CrawlJob.crawl_id, wanted.crawl_id), (CrawlJob.status, wanted.status)):
            found = found if value is None else found.where(column == value)
        if request.after is not None:
            found = found.where(CrawlJob.id < request.after if newest else CrawlJob.id > request.after)
        ordered = found.order_by(CrawlJob.id.desc() if newest else CrawlJob.id).limit(request.limit + 1)
        return cut(list(await self.session.scalars(ordered)), request, lambda row: row.id)
