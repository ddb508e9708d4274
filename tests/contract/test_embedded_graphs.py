"""The graph store that needs no server keeps every promise of a graph store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from indexing.stores.graphs import Beside, Direction
from indexing.stores.vectors import Index
from tests.contract.graphs.contract import GraphStoreContract
from tests.contract.graphs.statements import named, put, says, scope, source, tie_of


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

    async def test_who_stands_alone_is_counted_and_not_listed(self, store: EmbeddedGraphs, graph: Index) -> None:
        """What makes a walk by way of something that thousands are related to bearable."""
        told = says(source(), "hub KNOWS one", "two KNOWS hub", named("three", aliases=["third"]), "hub KNOWS three")
        await put(store, graph, told, says(source("doc_2"), "hub KNOWS four", "five"))
        await store.link(graph, [("four", "five")])
        found = await store.beside(graph, ["hub"], scope(), Direction.BOTH)
        assert found == Beside(("one", "two"), ("four", "three"))
        degrees = await store.degrees(graph, ["hub", "one", "three"], scope())
        assert degrees.counted == {"hub": 2, "one": 1, "three": 1}
        assert degrees.listed == (("hub", tie_of("hub KNOWS four")), ("hub", tie_of("hub KNOWS three")))
