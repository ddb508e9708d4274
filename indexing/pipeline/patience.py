"""Knowing, pipeline: for what an ingestion waits after an error that is not the document's, and for how long."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from app.accounting.errors import BudgetExceeded
from app.blobs.errors import StorageError
from app.errors import Kind, PlatformError
from app.inference.errors import BackendFailure, ModelNotFound, ModelUnavailable
from indexing.documents.fetching import SourceAway
from indexing.documents.status import Waiting
from indexing.errors import GraphModelAway, GraphStoreUnavailable, StoreUnavailable
from indexing.extraction.docling.server import DoclingAway
from indexing.extraction.errors import ExtractionUnavailable

LONGEST_WAIT, LONGEST_WAIT_FOR_BUDGET = 300.0, 900.0  # seconds; a budget may be raised long before it starts anew
_DOUBLINGS = 8
_AWAY: tuple[tuple[type[PlatformError], str], ...] = (
    (GraphStoreUnavailable, "the graph store"),
    (StoreUnavailable, "the vector store"),
    (StorageError, "the store of files"),
    (SourceAway, "the address it is fetched from"),
    (GraphModelAway, "the model that reads the graph"),
    (BackendFailure, "the embedding model"),
    (ModelUnavailable, "the embedding model"),
    (ModelNotFound, "the embedding model, which is not there for this tenant any more"),
    (BudgetExceeded, "room in the budget that the models it needs are metered to"),
    (SourceAway, "the address it comes from"),
    (DoclingAway, "Docling, which reads such files"),
    (ExtractionUnavailable, "a process to read files in"),
)
_PASSING = {Kind.UNAVAILABLE, Kind.UPSTREAM, Kind.UPSTREAM_TIMEOUT, Kind.LIMITED}


def is_passing(error: PlatformError) -> bool:
    """Whether the same document may be indexed later without anybody changing it."""
    return error.kind in _PASSING or isinstance(error, tuple(kind for kind, _ in _AWAY))


def waiting_after(error: PlatformError, attempt: int, now: datetime) -> tuple[float, Waiting]:
    """How many seconds to wait, and what is said meanwhile; many that wait do not all come back at once."""
    seconds = min(2.0 ** min(attempt, _DOUBLINGS), LONGEST_WAIT)
    longest = LONGEST_WAIT_FOR_BUDGET if isinstance(error, BudgetExceeded) else LONGEST_WAIT
    seconds = min(max(seconds, error.retry_after or 0.0), longest)
    seconds *= random.uniform(0.8, 1.0)  # noqa: S311 - only spreads those who try again
    until = now + timedelta(seconds=seconds)
    what = next((said for kind, said in _AWAY if isinstance(error, kind)), "a part of the platform that is away")
    reason = f"{what} (tries again at {until:%H:%M:%S} UTC)"
    return seconds, Waiting(reason, until, error.code, error.message)
