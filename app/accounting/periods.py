"""Ground floor, accounting: the periods of budgets, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

Period = Literal["daily", "weekly", "monthly", "total"]
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # where the one period of a total budget starts


def start_of(period: str, moment: datetime) -> datetime:
    """When the period that holds a moment began; weeks begin on Monday."""
    midnight = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "daily":
        return midnight
    if period == "weekly":
        return midnight - timedelta(days=midnight.weekday())
    if period == "monthly":
        return midnight.replace(day=1)
    return BEGINNING


def end_of(period: str, start: datetime) -> datetime | None:
    """When a period ends; a total never does."""
    if period == "daily":
        return start + timedelta(days=1)
    if period == "weekly":
        return start + timedelta(weeks=1)
    if period == "monthly":
        return (start + timedelta(days=32)).replace(day=1)
    return None
