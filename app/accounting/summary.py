"""Ground floor, accounting: usage added up by stretches of time and by what it is grouped by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from app.accounting.periods import start_of
from app.accounting.queries import UsageFilter, UsageSum, usage_sums
from app.db.tenancy import TenantSession

MOST_ROWS = 1000
_DAYS_IN_WEEK = 7


@dataclass(slots=True)
class SummaryRow:
    """What the calls of one group took in one stretch of time."""

    period_start: datetime
    key: str | None
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    latency_ms: float = 0.0  # of all of them together

    def add(self, part: UsageSum) -> None:
        """Take in a part of it."""
        self.requests += part.requests
        self.input_tokens += part.input_tokens
        self.output_tokens += part.output_tokens
        self.cost += part.cost
        self.latency_ms += part.latency_ms


@dataclass(frozen=True, slots=True)
class Summary:
    """The newest rows, and whether there were more."""

    rows: Sequence[SummaryRow]
    truncated: bool


async def summarise(session: TenantSession, wanted: UsageFilter, *, group_by: str, period: str) -> Summary:
    """Add usage up, newest stretch first; bounded, and saying so where it had to leave something out."""
    most = MOST_ROWS * _DAYS_IN_WEEK if period == "week" else MOST_ROWS
    sums = await usage_sums(session, wanted, group_by=group_by, period=period, most=most + 1)
    rows = _folded(sums[:most], period)
    return Summary(rows[:MOST_ROWS], len(sums) > most or len(rows) > MOST_ROWS)


def _folded(sums: Iterable[UsageSum], period: str) -> list[SummaryRow]:
    rows: dict[tuple[datetime, str | None], SummaryRow] = {}
    for part in sums:
        start = _begin(part.start)
        if period == "week":
            start = start_of("weekly", start)
        row = rows.setdefault((start, part.key), SummaryRow(start, part.key))
        row.add(part)
    return list(rows.values())


def _begin(bucket: str) -> datetime:
    year, month, day, hour = bucket[:4], bucket[5:7], bucket[8:10] or "1", bucket[11:13] or "0"
    return datetime(int(year), int(month), int(day), int(hour), tzinfo=UTC)
