"""Ground floor, jobs: a job in the hands of whoever does it, and how doing it can end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.jobs.kinds import JobKind


@dataclass(frozen=True, slots=True)
class Held:
    """A job under a lease. Who loses the lease is cancelled; what they write late must be refused by the lease's id."""

    id: str
    tenant_id: str
    kind: JobKind
    subject_id: str
    lease: str  # another one at every attempt
    attempt: int  # from 1; anew after everything that was asked for again
    lost: int = 0  # how often in a row whoever did it was gone before the end
    faults: int = 0  # how often in a row it ended in a fault of ours
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """It cannot go on now and will be tried again by itself.

    Long work that says this with 0 seconds from time to time lets others have a turn, and is then never taken for
    work whose workers die of it.
    """

    seconds: float
    reason: str  # what it waits for, for people
    fault: bool = False  # of ours, and not forgiven for ever; said by whoever runs the work, not by the work


@dataclass(frozen=True, slots=True)
class Failed:
    """It has ended, and trying again would not help."""

    code: str
    message: str


Outcome = Later | None  # None is done; a PlatformError that is raised is a failure with a code and a sentence
