"""Roof, HTTP: runs of crawls: started, followed, cancelled, and what became of every address."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from acl.permission import Permission
from app.http.access_path import MODULE, CollectionPath
from app.http.collection_path import collection_to
from app.http.crawl_events import CrawlEvents
from app.http.crawl_export import MEDIA_TYPES, FileFormat, pages_file
from app.http.crawl_path import JobPath, NamedRun, run_to
from app.http.crawl_starting import begun, retried
from app.http.document_events import number_of
from app.http.document_path import RisingPageDep
from app.http.document_right import right_to, streams_of
from app.http.envelope import Listing, Success, listing, success
from app.http.gate import gate, gate_of
from app.http.keyed import fingerprint_of, in_transaction_once, key_of
from app.http.outgoing import checked_address
from app.http.route import GatedRoute
from app.http.streaming import EventResponse
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.crawl_runs import CrawlJobRead, CrawlPageRead, ReasonText, RunStatus, Verdict
from app.http.wire.crawl_wishes import CrawlStartCreate
from app.http.wire.openapi import file_of
from app.identity.permissions import Matrix
from indexing.crawls.history import Runs, WantedRuns
from indexing.crawls.launch import Launch
from indexing.crawls.progress import Told
from indexing.crawls.verdicts import Verdicts, WantedPages

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
ALL = "/collections/{collection_id}/crawl"
ONE = f"{ALL}/{{job_id}}"
_to_read = run_to(Permission.READ)
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events, each with an `id`", "content": {"text/event-stream": {}}},
    204: {"description": "Nothing more will come"},
}
_PAGES: dict[int | str, dict[str, Any]] = {
    200: file_of(*MEDIA_TYPES)[200] | {"description": "A page of them, or all of them as a file"}
}
StatusQuery = Annotated[RunStatus | None, Query(description="Only those in this status.")]
CrawlQuery = Annotated[str | None, Query(max_length=64, description="Only those of this saved crawl.")]
VerdictQuery = Annotated[Verdict | None, Query(description="Only addresses with this verdict.")]
ReasonQuery = Annotated[ReasonText | None, Query(description="Only addresses with this reason: `robots`, `http_404`…")]
FormatQuery = Annotated[FileFormat | None, Query(description="All of them as a file, instead of a page of them.")]
LastEvent = Annotated[str | None, Header(alias="Last-Event-ID", max_length=100, description="Go on after this event.")]


@router.post(ALL, operation_id="start_crawl", status_code=202, response_model=Success[CrawlJobRead])
@gate(Matrix.INGEST, guard=collection_to(Permission.INGEST), creates=True, transaction=False, module=MODULE)
async def start_crawl(visit: VisitDep, _: CollectionPath, said: CrawlStartCreate) -> Response:
    """Crawl a website into a collection, now and once; its pages are documents of the caller's."""
    key_of(visit)
    seed_url = await checked_address(visit, "seed_url", said.seed_url)

    async def begin(_request: Request) -> Response:
        body = success(CrawlJobRead.of(await begun(visit, said, seed_url))).model_dump_json()
        return Response(body, 202, media_type="application/json")

    fingerprint = fingerprint_of(visit, said.model_dump(mode="json"))
    return await in_transaction_once(visit, gate_of(start_crawl), fingerprint, begin)


@router.get(ALL, operation_id="list_crawl_jobs")
@gate(Matrix.VIEW, guard=collection_to(Permission.READ), module=MODULE)
async def list_jobs(
    visit: VisitDep, _: CollectionPath, page: PageDep, status: StatusQuery = None, crawl_id: CrawlQuery = None
) -> Listing[CrawlJobRead]:
    """List the runs there were and are."""
    runs = Runs(visit.session, visit.subject.id)
    return listing(visit, page, await runs.page(WantedRuns(crawl_id, status), page), CrawlJobRead.of)


@router.get(ONE, operation_id="get_crawl_job")
@gate(Matrix.VIEW, guard=_to_read, module=MODULE)
async def get_job(visit: VisitDep, _: CollectionPath, job_id: JobPath) -> Success[CrawlJobRead]:
    """Show a run, and how far it is."""
    return success(CrawlJobRead.of(visit.subject.job))


@router.post(f"{ONE}/cancel", operation_id="cancel_crawl")
@gate(Matrix.INGEST, guard=run_to(Permission.INGEST), module=MODULE)
async def cancel_crawl(visit: VisitDep, _: CollectionPath, job_id: JobPath) -> Success[CrawlJobRead]:
    """Have a run end within two seconds; what it has taken in stays. One that has ended stays as it is."""
    found: NamedRun = visit.subject
    if await Launch(visit.transaction, visit.platform.jobs).cancel(found.job):
        visit.record("crawl.cancelled", ("crawl_job", job_id), collection_id=found.collection.id)
    return success(CrawlJobRead.of(found.job))


@router.post(f"{ONE}/retry-failed", operation_id="retry_failed_pages", status_code=202)
@gate(Matrix.INGEST, guard=run_to(Permission.INGEST), creates=True, module=MODULE)
async def retry_failed(visit: VisitDep, _: CollectionPath, job_id: JobPath) -> Success[CrawlJobRead]:
    """Ask once more for the pages that failed in a run that has ended, and for nothing else: a run of its own."""
    return success(CrawlJobRead.of(await retried(visit, visit.subject)))


@router.get(
    f"{ONE}/pages",
    operation_id="list_crawl_pages",
    response_model=Listing[CrawlPageRead],
    responses=_PAGES,
)
@gate(Matrix.VIEW, guard=_to_read, module=MODULE)
async def list_pages(
    visit: VisitDep,
    _: CollectionPath,
    job_id: JobPath,
    page: RisingPageDep,
    verdict: VerdictQuery = None,
    reason: ReasonQuery = None,
    format: FormatQuery = None,  # noqa: A002
) -> Response | Listing[CrawlPageRead]:
    """List what became of every address, in the order they were met, as far as the caller may know of them."""
    found: NamedRun = visit.subject
    wanted = WantedPages(verdict, reason)
    if format is not None:
        return pages_file(visit, found, wanted, format)
    verdicts = Verdicts(visit.platform.chokepoint, visit.session, visit.caller, found.job)
    return listing(visit, page, await verdicts.page(wanted, page), CrawlPageRead.of)


@router.get(f"{ONE}/stream", operation_id="stream_crawl", response_class=Response, responses=_EVENTS)
@gate(Matrix.VIEW, guard=_to_read, transaction=False, module=MODULE)
async def stream_crawl(
    visit: VisitDep, _: CollectionPath, job_id: JobPath, last_event_id: LastEvent = None
) -> Response:
    """Tell how far a run is: `progress`, and in the end `completed`, `failed` or `cancelled`, with which it ends."""
    first = Told(visit.subject.job)
    after = number_of(last_event_id) if last_event_id else None
    if first.ended and after == first.changes:
        return Response(status_code=204)  # nothing more will come: browsers then stop to ask
    events = CrawlEvents(visit.platform.crawls, first, after)
    return EventResponse(events, streams_of(visit), _right(visit), visit.headers)


def _right(visit: Visit) -> Any:
    return right_to(visit, collection_id=visit.subject.collection.id)
