"""Ground floor, limits: the port to whatever counts for all processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many times per minute one name may be counted."""

    name: str
    limit: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it may happen now, and how the tightest allowance stands."""

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: int


class RateCounter(Protocol):
    """Counts in a sliding minute."""

    async def take(self, allowances: Sequence[Allowance]) -> Verdict:
        """Count one against every allowance, or against none if one of them is used up."""

    async def aclose(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The platform's own limits per minute; 0 is off."""

    key: int
    user: int
    tenant: int
    partner: int
