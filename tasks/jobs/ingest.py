"""The second door, jobs: from a document's job to the room that ingests it."""

from __future__ import annotations

from app.jobs.work import Held, Outcome
from app.wiring import Platform
from app.wiring.workshop import workshop_of
from indexing.pipeline.ingest import IngestRun


async def ingest_document(platform: Platform, held: Held) -> Outcome:
    """Bring a document as far as it goes now."""
    return await IngestRun(workshop_of(platform)).run(held)
