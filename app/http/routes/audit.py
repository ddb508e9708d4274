"""Roof, HTTP: the audit trail, under both of its names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from app.audit.queries import AuditQueries, Wanted
from app.db.tenancy import Reach
from app.http.envelope import Success, success
from app.http.export import MEDIA_TYPES, Format, export
from app.http.gate import gate
from app.http.overview import Scope, widened
from app.http.reports import Report, ReportPageDep, report
from app.http.route import GatedRoute
from app.http.visit import Visit, VisitDep
from app.http.wire.audit import AuditRead, InspectionRead
from app.http.wire.moments import Moment
from app.http.wire.openapi import file_of
from app.identity.permissions import Core
from app.paging import PageRequest

router = APIRouter(prefix="/v1", tags=["audit"], route_class=GatedRoute)
_BATCH = 1000
_FILE = file_of(*MEDIA_TYPES.values(), row=AuditRead)
Word = Annotated[str | None, Query(max_length=190)]


async def _wanted(
    module: Word = None,
    action: Word = None,
    actor_id: Word = None,
    target_id: Word = None,
    outcome: Word = None,
    request_id: Word = None,
) -> Wanted:
    return Wanted(module, action, actor_id, target_id, outcome, request_id)


async def _between(
    wanted: Annotated[Wanted, Depends(_wanted)],
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
    scope: Annotated[Scope | None, Query()] = None,
    tenant_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Wanted:
    # The gate has dealt with scope and tenant_id; they stand here to be documented.
    return replace(wanted, since=since, until=until)


WantedDep = Annotated[Wanted, Depends(_between)]


@router.get("/audit-log", operation_id="list_audit_log")
@router.get("/audit/events", operation_id="list_audit_events")
@gate(Core.ADMIN_ACCESS, guard=widened)
async def list_events(visit: VisitDep, wanted: WantedDep, page: ReportPageDep) -> Report[AuditRead]:
    """List what was done and refused in the tenants the caller oversees, newest first."""
    return report(visit, page, await AuditQueries(visit.session).page(wanted, page), AuditRead.of)


@router.get("/audit-log/export", operation_id="export_audit_log", response_class=StreamingResponse, responses=_FILE)
@router.get(
    "/audit/events/export", operation_id="export_audit_events", response_class=StreamingResponse, responses=_FILE
)
@gate(Core.ADMIN_ACCESS, guard=widened, transaction=False)
async def export_events(
    visit: VisitDep,
    wanted: WantedDep,
    format: Annotated[Format, Query()] = "csv",  # noqa: A002
) -> StreamingResponse:
    """Give the same as a file, oldest first."""
    return export("audit", format, tuple(AuditRead.model_fields), batches(visit, wanted))


@router.get("/audit/verify", operation_id="verify_audit")
@gate(Core.ADMIN_ACCESS)
async def verify(
    visit: VisitDep, tenant_id: Annotated[str | None, Query(max_length=64)] = None
) -> Success[InspectionRead]:
    """Walk the tenant's chain of events and name the first link that does not hold."""
    return success(InspectionRead.of(await visit.platform.chains.inspect(visit.tenant_id)))


async def batches(visit: Visit, wanted: Wanted) -> AsyncIterator[Sequence[dict[str, Any]]]:
    """Read batch by batch, each in a moment of its own; ends when the right to it ends."""
    platform, reach = visit.platform, visit.subject
    wanted = replace(wanted, until=wanted.until or platform.clock.now())
    request: PageRequest | None = PageRequest(_BATCH, None, "asc")
    while request is not None:
        await visit.require_still()
        rows, request = await _batch(visit, reach, wanted, request)
        yield rows


async def _batch(
    visit: Visit, reach: Reach, wanted: Wanted, request: PageRequest
) -> tuple[Sequence[dict[str, Any]], PageRequest | None]:
    async with visit.platform.transactions.open(reach, writes=False) as transaction:
        page = await AuditQueries(transaction.session).page(wanted, request)
        rows = [AuditRead.of(event).model_dump(mode="json") for event in page.items]
    return rows, None if page.next_after is None else replace(request, after=page.next_after)
