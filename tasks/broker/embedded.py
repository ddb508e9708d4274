"""The second door, broker: wakes the workers of this process; those of others find the rows by themselves."""

from __future__ import annotations

import asyncio

from app.jobs.kinds import JobKind


class EmbeddedQueue:
    """A bell that the worker of this process listens to."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()

    def wake(self, job_id: str, kind: JobKind) -> None:
        """Ring it."""
        self.rung.set()

    def remind(self, job_id: str, kind: JobKind) -> None:
        """Ring it again."""
        self.rung.set()

    @property
    def bell(self) -> asyncio.Event:
        """The bell itself."""
        return self.rung

    async def answers(self) -> None:
        """It hangs in this process and always can be rung."""

    async def aclose(self) -> None:
        """There is nothing to let go of."""
