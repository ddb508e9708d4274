"""The second door, jobs: from the jobs of deleted things to the room that erases them."""

from __future__ import annotations

from app.jobs.work import Held, Outcome
from app.wiring import Platform
from indexing.erasing.documents import DocumentErasing
from indexing.erasing.erasure import Erasing


async def erase_document(platform: Platform, held: Held) -> Outcome:
    """Erase a deleted document everywhere."""
    return await _erasing(platform).erase_document(held)


async def erase_collection(platform: Platform, held: Held) -> Outcome:
    """Erase a deleted collection, and everything in it, everywhere."""
    return await _erasing(platform).erase_collection(held)


def _erasing(platform: Platform) -> Erasing:
    documents = DocumentErasing(platform.transactions, platform.blobs, platform.vectors, platform.graphs)
    return Erasing(platform.transactions, documents, platform.jobs)
