"""The Weaviate store on a real server: every promise of a vector store, and what only a real one can break."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from indexing.stores.weaviate.address import Address
from indexing.stores.weaviate.store import WeaviateStore
from tests.contract.vectors.contract import VectorStoreContract
from tests.world.ports import kept_port

pytestmark = pytest.mark.services


class TestWeaviate(VectorStoreContract):
    @pytest.fixture
    async def store(self, weaviate_address: Address) -> AsyncIterator[WeaviateStore]:
        store = WeaviateStore(weaviate_address)
        yield store
        await store.aclose()

    @pytest.fixture
    async def broken(self) -> AsyncIterator[WeaviateStore]:
        with kept_port() as http, kept_port() as grpc:
            store = WeaviateStore(Address.of(f"http://127.0.0.1:{http}", grpc))
            yield store
            await store.aclose()
