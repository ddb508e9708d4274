"""Ground floor, jobs: how whoever works is told that there is work."""

from __future__ import annotations

from typing import Protocol

from app.jobs.kinds import JobKind


class JobQueue(Protocol):
    """Wakes workers. It may forget: the rows are swept, so what was not said is found soon after."""

    def wake(self, job_id: str, kind: JobKind) -> None:
        """Say that a job is due; returns at once and never raises."""

    async def aclose(self) -> None:
        """Let go of connections."""
