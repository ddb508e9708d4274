"""Ground floor, jobs: how whoever works is told that there is work."""

from __future__ import annotations

import asyncio
from typing import Protocol

from app.jobs.kinds import JobKind


class JobQueue(Protocol):
    """Wakes workers. It may forget: the rows are swept, so what was not said is found soon after."""

    def wake(self, job_id: str, kind: JobKind) -> None:
        """Say that a job is due; returns at once and never raises."""

    def remind(self, job_id: str, kind: JobKind) -> None:
        """Say it again, unless so much has been said that nobody has got round to this yet; as quiet as `wake`."""

    @property
    def bell(self) -> asyncio.Event | None:
        """What is set when there is work for this very process; None where other processes do it."""

    async def answers(self) -> None:
        """Return if whoever works can be told of it now."""

    async def aclose(self) -> None:
        """Let go of connections."""
