"""Roof, wiring: where vectors are kept, by what the settings name."""

from __future__ import annotations

from app.settings import Settings
from indexing.stores.embedded.store import EmbeddedVectors
from indexing.stores.vectors import VectorStore


def vector_store(settings: Settings) -> VectorStore:
    """The vector store of one process."""
    return EmbeddedVectors(settings.home / "vectors", memory=settings.vectors_memory_mb << 20)
