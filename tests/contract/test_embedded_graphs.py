"""The graph store that needs no server keeps every promise of a graph store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from indexing.stores.graphs import MOST_EVIDENCE, Beside, Direction, ThingTally, TieTally
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

    async def test_what_stands_alone_is_counted_and_the_rest_is_listed(
        self, store: EmbeddedGraphs, graph: Index
    ) -> None:
        """What makes the numbers of a large graph bearable; what a number would tell wrong is listed all the same."""
        told = says(source(), named("hub", "Place"), named("three", aliases=["third"]), "hub KNOWS one", "hub IS three")
        other = says(source("doc_2"), named("hub", "Place"), named("odd", "PLACE"), "hub KNOWS one", "one KNOWS one")
        await put(store, graph, told, other, says(source("doc_3"), named("odd", "Place")))
        assert await anext(aiter(store.tally_things(graph, scope()))) == ThingTally(2, {"Place": 1}, ("odd", "three"))
        assert await anext(aiter(store.tally_ties(graph, scope()))) == TieTally({"KNOWS": 1}, (tie_of("hub IS three"),))

    async def test_of_what_very_many_speak_of_the_labels_are_looked_at(
        self, store: EmbeddedGraphs, graph: Index
    ) -> None:
        """Only so many are heard, and which of them decides what it is called."""
        many = [f"doc_{number:03}" for number in range(MOST_EVIDENCE + 1)]
        await put(store, graph, *(says(source(one), named("hub", "Place"), named("ada", "A")) for one in many[:-1]))
        await put(store, graph, says(source(many[-1]), named("hub", "Town"), named("ada", "A")))
        assert await anext(aiter(store.tally_things(graph, scope()))) == ThingTally(1, {"A": 1}, ("hub",))
