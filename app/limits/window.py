"""Ground floor, limits: the arithmetic of a sliding minute made of two fixed ones; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.limits.ports import WINDOW_SECONDS, Verdict


@dataclass(frozen=True, slots=True)
class Standing:
    """What has been counted for one name: in the minute before this one, and in this one.

    With each goes how many seconds into its minute the last of it was counted: a minute later nothing is left of it.
    """

    limit: int
    before: int
    current: int
    last_before: float = WINDOW_SECONDS
    last: float = WINDOW_SECONDS

    def used(self, into: float) -> float:
        """How much of the limit the last sixty seconds have used, `into` seconds into this minute."""
        return self._left(into) + self.current

    def _left(self, into: float) -> float:
        return self.before * (1 - into / WINDOW_SECONDS) if into < self.last_before else 0.0

    def seconds_until_free(self, into: float) -> int:
        """How long until one more fits."""
        if self.used(into) + 1 <= self.limit:
            return 0
        room = self.limit - 1 - self.current
        if room >= 0 and self.before:
            return _whole(min(WINDOW_SECONDS * (1 - room / self.before), self.last_before) - into)
        # This minute alone is full: it must first become the minute before, then fade far enough.
        fade = WINDOW_SECONDS * (1 - max(0, self.limit - 1) / max(1, self.current))
        return _whole(WINDOW_SECONDS - into + min(fade, self.last))


def _whole(seconds: float) -> int:
    return max(1, math.ceil(round(seconds, 6)))  # a second is not to become two by what floating point is off


def judge(standings: Sequence[Standing], into: float) -> Verdict:
    """Decide for all standings together; the most restrictive one is reported."""
    allowed = all(standing.used(into) + 1 <= standing.limit for standing in standings)
    spent = 1 if allowed else 0
    tightest = min(standings, key=lambda standing: standing.limit - standing.used(into))
    remaining = max(0, math.floor(tightest.limit - tightest.used(into) - spent))
    wait = max(standing.seconds_until_free(into) for standing in standings)
    reset = wait if not allowed else math.ceil(WINDOW_SECONDS - into)
    return Verdict(allowed, tightest.limit, remaining, reset)
