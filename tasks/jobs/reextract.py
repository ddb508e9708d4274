"""The second door, jobs: from a collection's job to the room that extracts its graph."""

from __future__ import annotations

from app.jobs.work import Failed, Held, Outcome
from app.wiring import Platform
from app.wiring.workshop import workshop_of
from indexing.maintenance.rebuilds import REEXTRACT
from indexing.maintenance.reextract import ReextractRun
from indexing.maintenance.turn import note_failed


async def reextract_collection_graph(platform: Platform, held: Held) -> Outcome:
    """Read as many documents anew as fit into one turn, and switch after the last."""
    return await ReextractRun(workshop_of(platform)).run(held)


async def reextract_failed(platform: Platform, held: Held, why: Failed) -> None:
    """Say so on the collection."""
    await note_failed(platform.transactions, REEXTRACT, held, why)
