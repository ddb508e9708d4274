"""Roof, HTTP: runs and saved crawls of all collections that the caller may list."""

from __future__ import annotations

from fastapi import APIRouter

from app.http.access_path import MODULE
from app.http.envelope import Listing, listing
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.routes.crawl_runs import StatusQuery
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.crawl_runs import CrawlJobListedRead
from app.http.wire.crawls import Around, CrawlListedRead
from app.identity.permissions import Matrix
from indexing.crawls.everywhere import Everywhere
from indexing.crawls.history import WantedRuns, last_runs

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)


@router.get("/crawl", operation_id="list_all_crawl_jobs")
@gate(Matrix.VIEW, module=MODULE)
async def list_all_jobs(visit: VisitDep, page: PageDep, status: StatusQuery = None) -> Listing[CrawlJobListedRead]:
    """List the runs there were and are, of all collections that the caller may read and list."""
    everywhere = _everywhere(visit)
    found = await everywhere.runs(WantedRuns(status=status), page)
    names = await everywhere.names(found.items)
    return listing(visit, page, found, lambda row: CrawlJobListedRead.of_named(row, names[row.collection_id]))


@router.get("/crawls", operation_id="list_all_crawls")
@gate(Matrix.VIEW, module=MODULE)
async def list_all_crawls(visit: VisitDep, page: PageDep) -> Listing[CrawlListedRead]:
    """List the crawls that are saved for any collection that the caller may read and list."""
    everywhere = _everywhere(visit)
    found = await everywhere.saved(page)
    names, telling = await everywhere.names(found.items), await everywhere.telling_lists(found.items)
    last = await last_runs(visit.session, [row.id for row in found.items])
    return listing(
        visit,
        page,
        found,
        lambda row: CrawlListedRead.of_named(
            row, Around(last, tells_acl=row.collection_id in telling), names[row.collection_id]
        ),
    )


def _everywhere(visit: Visit) -> Everywhere:
    return Everywhere(visit.platform.access.resolver(visit.session), visit.caller)
