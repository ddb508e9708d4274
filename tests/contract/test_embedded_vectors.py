"""The vector store that needs no server keeps every promise of a vector store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from indexing.stores.embedded.store import EmbeddedVectors
from tests.contract.vectors.contract import VectorStoreContract


class TestEmbeddedVectors(VectorStoreContract):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[EmbeddedVectors]:
        store = EmbeddedVectors(tmp_path / "vectors")
        yield store
        await store.aclose()

    @pytest.fixture
    async def broken(self, tmp_path: Path) -> AsyncIterator[EmbeddedVectors]:
        (tmp_path / "file").write_text("where the folder should be")
        store = EmbeddedVectors(tmp_path / "file")
        yield store
        await store.aclose()


class TestLargerThanMemory(VectorStoreContract):
    """The same where nothing may be remembered, so that every question reads the file."""

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[EmbeddedVectors]:
        store = EmbeddedVectors(tmp_path / "vectors", memory=0, open_files=0)
        yield store
        await store.aclose()

    broken = TestEmbeddedVectors.broken
