"""The graph store that needs no server keeps every promise of a graph store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from tests.contract.graphs.contract import GraphStoreContract


class TestEmbeddedGraphs(GraphStoreContract):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[EmbeddedGraphs]:
        store = EmbeddedGraphs(tmp_path / "graphs")
        yield store
        await store.aclose()

    @pytest.fixture
    async def broken(self, tmp_path: Path) -> AsyncIterator[EmbeddedGraphs]:
        (tmp_path / "file").write_text("where the folder should be")
        store = EmbeddedGraphs(tmp_path / "file")
        yield store
        await store.aclose()
