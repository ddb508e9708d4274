"""Roof, wiring: where vectors are kept, by what the settings name."""

from __future__ import annotations

from app.settings import Settings
from indexing.stores.embedded.store import EmbeddedVectors
from indexing.stores.vectors import VectorStore
from indexing.stores.weaviate.address import Address
from indexing.stores.weaviate.store import WeaviateStore


def vector_store(settings: Settings) -> VectorStore:
    """The vector store of one process; a Weaviate that is away keeps nothing from starting."""
    if settings.weaviate_url:
        key = settings.weaviate_api_key.get_secret_value()
        return WeaviateStore(Address.of(settings.weaviate_url, settings.weaviate_grpc_port, key))
    return EmbeddedVectors(settings.home / "vectors", memory=settings.vectors_memory_mb << 20)
