"""Roof, HTTP: what models were called, by whom, and what it cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from app.accounting.queries import UsageFilter, passed_page, usage_page
from app.accounting.summary import SummaryRow, summarise
from app.http.call_stages import readable_uses
from app.http.envelope import Success, success
from app.http.export import MEDIA_TYPES, Format, export
from app.http.gate import gate, settles_tenant
from app.http.reports import Report, ReportPageDep, report
from app.http.route import GatedRoute
from app.http.sight import SightDep
from app.http.usage_export import COLUMNS, usage_batches
from app.http.visit import VisitDep
from app.http.wire.accounting import CallStagesRead, UsageRead, UsageSummaryRead, UsageSumRead
from app.http.wire.moments import Moment
from app.http.wire.openapi import file_of
from app.identity.permissions import Core

router = APIRouter(prefix="/v1/accounting", tags=["accounting"], route_class=GatedRoute)

SUMMARISED = timedelta(days=31)  # how far a summary looks back when it is not told

_Text = Annotated[str | None, Query(max_length=190)]
_Model = Annotated[
    str | None, Query(max_length=190, description="A slug; `tenant/*` is all that begin with `tenant/`.")
]


async def _filter(
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
    model: _Model = None,
    user_id: _Text = None,
    operation: Annotated[Literal["chat", "embedding"] | None, Query()] = None,
    request_id: _Text = None,
) -> UsageFilter:
    return UsageFilter(since, until, model, user_id, operation, request_id)


FilterDep = Annotated[UsageFilter, Depends(_filter)]


@router.get("/usage", operation_id="list_usage")
@settles_tenant
@gate(Core.ACCOUNTING_OWN, transaction=False)
async def list_usage(visit: VisitDep, sight: SightDep, wanted: FilterDep, page: ReportPageDep) -> Report[UsageRead]:
    """List model calls, newest first: one's own, or those of the tenant, partner or platform where permitted."""
    async with visit.platform.transactions.open(sight.reach, writes=False) as transaction:
        found = await usage_page(transaction.session, sight.narrow(wanted), page)
    return report(visit, page, found, UsageRead.model_validate)


@router.get("/stages", operation_id="list_call_stages")
@settles_tenant
@gate(Core.ACCOUNTING_OWN, transaction=False)
async def list_call_stages(
    visit: VisitDep, sight: SightDep, wanted: FilterDep, page: ReportPageDep
) -> Report[CallStagesRead]:
    """Tell what calls of assistants went through, newest first; of the same calls as their usage."""
    async with visit.platform.transactions.open(sight.reach, writes=False) as transaction:
        found = await passed_page(transaction.session, sight.narrow(wanted), page)
    uses = await readable_uses(visit, found.items)
    return report(visit, page, found, lambda call: CallStagesRead.of(call, uses[call.id]))


@router.get("/usage/summary", operation_id="summarise_usage")
@settles_tenant
@gate(Core.ACCOUNTING_OWN, transaction=False)
async def summarise_usage(
    visit: VisitDep,
    sight: SightDep,
    wanted: FilterDep,
    group_by: Annotated[Literal["model", "user", "backend", "tenant"], Query()] = "model",
    period: Annotated[Literal["hour", "day", "week", "month"], Query()] = "day",
) -> Success[UsageSummaryRead]:
    """Add usage up exactly, by stretch of time (UTC) and group; without `from`, the last 31 days."""
    if wanted.since is None:
        wanted = _lately(wanted, visit.platform.clock.now())
    async with visit.platform.transactions.open(sight.reach, writes=False) as transaction:
        found = await summarise(transaction.session, sight.narrow(wanted), group_by=group_by, period=period)
    return success(
        UsageSummaryRead(
            group_by=group_by,
            period=period,
            since=wanted.since,
            until=wanted.until,
            items=[_sum_read(row) for row in found.rows],
            truncated=found.truncated,
        )
    )


@router.get(
    "/export",
    operation_id="export_usage",
    response_class=StreamingResponse,
    responses=file_of(*MEDIA_TYPES.values(), row=UsageRead),
)
@settles_tenant
@gate(Core.ACCOUNTING_OWN, transaction=False)
async def export_usage(
    visit: VisitDep,
    sight: SightDep,
    wanted: FilterDep,
    form: Annotated[Format, Query(alias="format")] = "csv",
) -> StreamingResponse:
    """Download calls as a file, oldest first, however many there are."""
    return export("usage", form, COLUMNS, usage_batches(visit, sight, wanted))


def _sum_read(row: SummaryRow) -> UsageSumRead:
    return UsageSumRead(
        period_start=row.period_start,
        key=row.key,
        requests=row.requests,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost=row.cost,
        average_latency_ms=round(row.latency_ms / row.requests, 3),
    )


def _lately(wanted: UsageFilter, now: datetime) -> UsageFilter:
    return replace(wanted, since=(wanted.until or now) - SUMMARISED)
