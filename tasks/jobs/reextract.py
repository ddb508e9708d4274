"""The second door, jobs: from a collection's job to the room that extracts its graph."""

from __future__ import annotations

from app.jobs.work import Held, Outcome
from app.wiring import Platform
from indexing.maintenance.reextracting import reextract_later


async def reextract_collection_graph(_: Platform, held: Held) -> Outcome:
    """Wait until graphs are kept."""
    return await reextract_later(held)
