"""The second door, jobs: from a fork's job to the room that copies its documents."""

from __future__ import annotations

from app.jobs.work import Failed, Held, Outcome
from app.wiring import Platform
from indexing.forking.fork import ForkRun, note_failed


async def fork_collection(platform: Platform, held: Held) -> Outcome:
    """Copy as many documents as fit into one turn."""
    return await ForkRun(platform.transactions, platform.blobs, platform.jobs).run(held)


async def fork_failed(platform: Platform, held: Held, why: Failed) -> None:
    """Say so on the fork."""
    await note_failed(platform.transactions, held, why.code, why.message)
