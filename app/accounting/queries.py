"""Ground floor, accounting: reading usage and budgets back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, String, and_, cast, func, or_, select

from app.accounting.book import Amount
from app.accounting.periods import start_of
from app.accounting.stages import Stages
from app.accounting.tables import Budget, BudgetSpend, CallStages, UsageEvent
from app.db.tenancy import TenantSession
from app.errors import ValidationFailed
from app.identity.tables import Tenant
from app.paging import Page, PageRequest, cut

_BUCKET_LETTERS = {
    "hour": 13,
    "day": 10,
    "week": 10,
    "month": 7,
}  # of `2026-01-31 12:00:00`, how both databases write it
_GROUPED_BY = {
    "model": UsageEvent.model,
    "user": UsageEvent.user_id,
    "backend": UsageEvent.backend_id,
    "tenant": UsageEvent.tenant_id,
}


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """Which calls are wanted; from is inclusive, to is not."""

    since: datetime | None = None
    until: datetime | None = None
    model: str | None = None  # with a `*` at its end: all that begin so
    user_id: str | None = None
    operation: str | None = None
    request_id: str | None = None

    def conditions(self) -> Iterable[ColumnElement[bool]]:
        """What that means for the rows."""
        if self.since is not None:
            yield UsageEvent.created_at >= self.since
        if self.until is not None:
            yield UsageEvent.created_at < self.until
        for name in ("model", "user_id", "operation", "request_id"):
            wanted = getattr(self, name)
            if wanted is not None and name == "model" and wanted.endswith("*"):
                yield UsageEvent.model.startswith(wanted[:-1], autoescape=True)
            elif wanted is not None:
                yield getattr(UsageEvent, name) == wanted


@dataclass(frozen=True, slots=True)
class UsageSum:
    """What the calls of one group took in one stretch of time."""

    start: str  # of the stretch: as many letters of `2026-01-31 12` as it takes
    key: str | None
    requests: int
    input_tokens: int
    output_tokens: int
    cost: Any
    latency_ms: float


@dataclass(frozen=True, slots=True)
class CallPassed:
    """A call of which is noted what it went through."""

    id: str
    request_id: str
    model: str
    tenant_id: str
    created_at: datetime
    latency_ms: float
    stages: Stages


async def usage_page(session: TenantSession, wanted: UsageFilter, page: PageRequest) -> Page[UsageEvent]:
    """One page of calls, by time."""
    rows = await session.scalars(_by_time(select(UsageEvent), wanted, page))
    return cut(rows.all(), page, _place)


async def passed_page(session: TenantSession, wanted: UsageFilter, page: PageRequest) -> Page[CallPassed]:
    """The same of calls of which is noted what they went through."""
    event = UsageEvent
    columns = (event.id, event.request_id, event.model, event.tenant_id, event.created_at, event.latency_ms)
    query = select(*columns, CallStages.said).join(CallStages, CallStages.call_id == event.id)
    rows = await session.execute(_by_time(query, wanted, page))
    return cut([_passed(row) for row in rows], page, _place)


def _by_time(query: Select[Any], wanted: UsageFilter, page: PageRequest) -> Select[Any]:
    query = query.where(*wanted.conditions())
    if page.after is not None:
        query = query.where(_beyond(page.after, ascending=page.order == "asc"))
    time, name = UsageEvent.created_at, UsageEvent.id
    ordered = (time, name) if page.order == "asc" else (time.desc(), name.desc())
    return query.order_by(*ordered).limit(page.limit + 1)


def _passed(row: Row[Any]) -> CallPassed:
    made: tuple[Any, ...] = (*row[:-1], Stages.of(row[-1]))
    return CallPassed(*made)


def _place(call: UsageEvent | CallPassed) -> str:
    return f"{call.created_at.isoformat()} {call.id}"


async def usage_sums(
    session: TenantSession, wanted: UsageFilter, *, group_by: str, period: str, most: int
) -> Sequence[UsageSum]:
    """Exact sums per group and stretch of time, newest first; weeks come as days, see `start_of`."""
    event = UsageEvent
    bucket = func.substr(cast(event.created_at, String(26)), 1, _BUCKET_LETTERS[period]).label("bucket")
    key = _GROUPED_BY[group_by].label("grouped")
    query = (
        select(
            bucket,
            key,
            func.count(),
            func.sum(event.input_tokens),
            func.sum(event.output_tokens),
            func.sum(event.cost),
            func.sum(event.latency_ms),
        )
        .where(*wanted.conditions())
        .group_by("bucket", "grouped")
        .order_by(bucket.desc(), key)
        .limit(most)
    )
    rows = await session.execute(query)
    return [
        UsageSum(start, key, count, int(tokens_in), int(tokens_out), cost, latency)
        for start, key, count, tokens_in, tokens_out, cost, latency in rows
    ]


async def tenants_of(session: TenantSession, partner_id: str) -> frozenset[str]:
    """Every tenant of a partner."""
    return frozenset(await session.scalars(select(Tenant.id).where(Tenant.partner_id == partner_id)))


async def budget_page(
    session: TenantSession, conditions: Sequence[ColumnElement[bool]], page: PageRequest
) -> Page[Budget]:
    """One page of the budgets that meet some conditions."""
    query = select(Budget).where(*conditions)
    if page.after is not None:
        query = query.where(Budget.id > page.after if page.order == "asc" else Budget.id < page.after)
    ordered = Budget.id if page.order == "asc" else Budget.id.desc()
    rows = await session.scalars(query.order_by(ordered).limit(page.limit + 1))
    return cut(rows.all(), page, lambda row: row.id)


async def spent_of(session: TenantSession, budgets: Sequence[Budget], now: datetime) -> Mapping[str, Amount]:
    """What has been spent of each budget in its present period."""
    starts = {budget.id: start_of(budget.period, now) for budget in budgets}
    rows = await session.execute(
        select(
            BudgetSpend.budget_id, BudgetSpend.period_start, BudgetSpend.cost, BudgetSpend.tokens, BudgetSpend.requests
        ).where(BudgetSpend.budget_id.in_(starts), BudgetSpend.period_start.in_(set(starts.values())))
    )
    found = {
        budget: Amount(cost, tokens, requests)
        for budget, start, cost, tokens, requests in rows
        if starts[budget] == start
    }
    return {budget: found.get(budget, Amount()) for budget in starts}


def _beyond(after: str, *, ascending: bool) -> ColumnElement[bool]:
    try:
        moment, name = after.split(" ")
        time = datetime.fromisoformat(moment).astimezone(UTC)
    except ValueError:
        raise ValidationFailed.of("cursor", "is not a cursor of this list; start again without one") from None
    if ascending:
        return or_(UsageEvent.created_at > time, and_(UsageEvent.created_at == time, UsageEvent.id > name))
    return or_(UsageEvent.created_at < time, and_(UsageEvent.created_at == time, UsageEvent.id < name))
