"""Knowing, pipeline: everything that documents are worked on with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.blobs.ports import BlobStore
from app.db.transaction import Transactions
from app.db.writer import Writer
from app.inference.counting import TokenCounters
from app.inference.gateway import Gateway
from indexing.extraction.apart import Extractor
from indexing.pipeline.room import TextRoom
from indexing.pipeline.shared_calls import SharedCalls
from indexing.stores.graphs import GraphStore
from indexing.stores.vectors import VectorStore


def _nobody() -> None:
    """Nobody waits for news."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """The ports of the platform that the making of editions needs."""

    transactions: Transactions
    writer: Writer
    blobs: BlobStore
    vectors: VectorStore
    graphs: GraphStore
    extractor: Extractor
    counters: TokenCounters
    gateway: Gateway
    calls: SharedCalls  # of embedding models
    room: TextRoom
    tell: Callable[[], None] = _nobody  # wakes whoever sends webhooks
