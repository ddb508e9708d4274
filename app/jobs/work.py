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
    attempt: int  # from 1
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """It cannot go on now and will be tried again by itself."""

    seconds: float
    reason: str  # what it waits for, for people


Outcome = Later | None  # None is done; a PlatformError that is raised is a failure with a code and a sentence
