"""Ground floor: what time it is, asked of a port so that tests can say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time in UTC."""

    def now(self) -> datetime:
        """Return this moment, aware of its zone."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return this moment."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one place


@dataclass(slots=True)
class FixedClock:
    """A clock that moves only when told to."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self.moment

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.moment += by


def wire_time(moment: datetime) -> str:
    """Write a moment the way every answer does: UTC, with a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
