"""The second door, jobs: from a document's job to the room that ingests it."""

from __future__ import annotations

from app.jobs.work import Failed, Held, Outcome
from app.wiring import Platform
from app.wiring.workshop import workshop_of
from indexing.documents.content import ContentKeeping
from indexing.documents.fetching import Fetching
from indexing.pipeline.ingest import IngestRun


async def ingest_document(platform: Platform, held: Held) -> Outcome:
    """Bring a document as far as it goes now."""
    return await _run(platform).run(held)


async def document_failed(platform: Platform, held: Held, failed: Failed) -> None:
    """Say so of the document too."""
    await _run(platform).give_up(held, failed)


def _run(platform: Platform) -> IngestRun:
    keeping = ContentKeeping(platform.transactions, platform.blobs)
    fetching = Fetching(platform.outbound, keeping, platform.settings.max_upload_bytes)
    return IngestRun(workshop_of(platform), fetching.fetch)
