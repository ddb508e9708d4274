"""Roof, HTTP shapes: moments as they may be said: with a date and a time, within what can be reckoned with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9998, 12, 31, tzinfo=UTC)  # a zone or a month more must not leave the calendar


def _written(said: Any) -> Any:
    """Refuse bare numbers, which would be taken for seconds or for milliseconds by their size."""
    if isinstance(said, str) and "-" in said[1:]:
        return said
    raise ValueError("must be a moment like 2026-01-31T12:00:00Z")


def _within(moment: datetime) -> datetime:
    known = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    if not _FIRST <= known <= _LAST:
        raise ValueError("must be between 1970 and 9998")
    return known.astimezone(UTC)


Moment = Annotated[datetime, BeforeValidator(_written), AfterValidator(_within)]
MomentWithZone = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_within)]
