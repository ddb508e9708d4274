"""A clock that goes as the machine's does, and leaps when it is told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.clock import SystemClock


@dataclass(slots=True)
class LeapingClock:
    """The machine's clock, so far ahead."""

    ahead: timedelta = timedelta()
    _machine: SystemClock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        """Return this moment, as it would be."""
        return self._machine.now() + self.ahead

    def leap(self, **by: float) -> None:
        """Let so much time have passed at once."""
        self.ahead += timedelta(**by)
