"""The second door, jobs: from a collection's job to the room that cuts it anew."""

from __future__ import annotations

from app.jobs.work import Failed, Held, Outcome
from app.wiring import Platform
from app.wiring.workshop import workshop_of
from indexing.maintenance.rebuilds import RECHUNK
from indexing.maintenance.rechunk import RechunkRun
from indexing.maintenance.turn import note_failed


async def rechunk_collection(platform: Platform, held: Held) -> Outcome:
    """Cut as many documents anew as fit into one turn, and switch after the last."""
    return await RechunkRun(workshop_of(platform)).run(held)


async def rechunk_failed(platform: Platform, held: Held, why: Failed) -> None:
    """Say so on the collection."""
    await note_failed(platform.transactions, RECHUNK, held, why)
