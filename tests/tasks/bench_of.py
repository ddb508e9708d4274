"""Work that does what a test says, and somebody who does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.clock import SystemClock
from app.jobs.kinds import JobKind
from app.jobs.tables import Job
from app.jobs.work import Failed, Held, Outcome
from app.wiring import Platform
from tasks.jobs.deeds import Deed, Deeds
from tasks.worker.bench import Pace
from tasks.worker.doing import Patience
from tasks.worker.embedded import working
from tests.app.jobs.desk import Desk
from tests.world.patience import eventually

# Swift in all but its leases: on a busy machine one of two seconds ends while whoever holds it stands still.
SWIFT = Pace(heartbeat=0.1, poll=0.1, grace=0.1, patience=Patience(shortest=0.05, longest=0.2))


@dataclass(slots=True)
class Play:
    """What is done for each subject, and what was."""

    parts: dict[str, Callable[[Held], Awaitable[Outcome]]] = field(default_factory=dict)
    begun: list[Held] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    failures: list[tuple[str, Failed]] = field(default_factory=list)

    @property
    def deeds(self) -> Deeds:
        return {kind: Deed(self.do, self.failed) for kind in JobKind}

    async def do(self, _platform: Platform, held: Held) -> Outcome:
        self.begun.append(held)
        try:
            part = self.parts.get(held.subject_id)
            return None if part is None else await part(held)
        except asyncio.CancelledError:
            self.stopped.append(held.subject_id)
            raise

    async def failed(self, _platform: Platform, held: Held, why: Failed) -> None:
        self.failures.append((held.subject_id, why))

    def times(self, subject: str) -> int:
        return sum(held.subject_id == subject for held in self.begun)


@asynccontextmanager
async def somebody(mine: Desk, play: Play, pace: Pace = SWIFT) -> AsyncIterator[None]:
    """Put a worker to a desk until the block ends."""
    mine.clock.moment = SystemClock().now()
    async with working(mine.running.platform, play.deeds, pace=pace):
        yield


async def row_when(mine: Desk, true: Callable[[Job], bool]) -> Job:
    """The only row as it was when something was true of it: it may be true of it no more when it is read again."""

    async def so() -> Job | None:
        row = await mine.row()
        return row if true(row) else None

    return await eventually(so)


async def for_ever(_held: Held) -> None:
    """Work that ends only when it is stopped."""
    await asyncio.Event().wait()
