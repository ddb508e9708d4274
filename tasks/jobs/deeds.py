"""The second door, jobs: how work of one kind is done, and what is said of its subject when it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from app.jobs.kinds import JobKind
from app.jobs.work import Failed, Held, Outcome
from app.wiring import Platform


@dataclass(frozen=True, slots=True)
class Deed:
    """Work of one kind; see the package for what both may and must do."""

    do: Callable[[Platform, Held], Awaitable[Outcome]]
    failed: Callable[[Platform, Held, Failed], Awaitable[None]] | None = None


Deeds = Mapping[JobKind, Deed]
