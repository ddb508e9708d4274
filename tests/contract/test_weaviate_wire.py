"""The Weaviate store keeps every promise of a vector store, as far as a little server of the tests' own can show it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from indexing.stores.weaviate.address import Address
from indexing.stores.weaviate.store import WeaviateStore
from tests.contract.vectors.contract import VectorStoreContract
from tests.indexing.stores.little_weaviate import little_weaviate, waiting


class TestWeaviateWire(VectorStoreContract):
    @pytest.fixture
    async def store(self) -> AsyncIterator[WeaviateStore]:
        async with little_weaviate() as little:
            store = WeaviateStore(Address.of(little.url, little.grpc_port))
            yield store
            await store.aclose()

    @pytest.fixture
    async def broken(self) -> AsyncIterator[WeaviateStore]:
        with waiting() as little:
            store = WeaviateStore(Address.of(little.url, little.grpc_port))
            yield store
            await store.aclose()
