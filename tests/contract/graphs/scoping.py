"""Whose words count: layers, documents, editions and what is by hand, whichever store keeps them."""

from __future__ import annotations

from indexing.stores.graphs import HAND, GraphStore, Size, Wanted
from indexing.stores.vectors import Index
from tests.contract.graphs.statements import (
    all_but,
    by_hand,
    every_tie,
    named,
    only,
    put,
    says,
    scope,
    source,
    tie_of,
)

KNOWS = tie_of("ada KNOWS grace")


class Scoping:
    """Nothing but what a question is asked about."""

    async def test_only_documents_in_scope_count(self, store: GraphStore, graph: Index) -> None:
        await put(
            store, graph, says(source("doc_1"), named("ada", "Spy"), "ada KNOWS grace"), says(source("doc_2"), "ada")
        )
        for hidden in (only("doc_2"), all_but("doc_1"), only("doc_2", "doc_never"), all_but("doc_1", "doc_never")):
            assert await store.present(graph, ["ada", "grace"], hidden) == {"ada"}
            assert [said.source for said in await store.said(graph, ["ada"], hidden)] == [source("doc_2")]
            assert await store.ties(graph, ["ada", "grace"], hidden) == []
            assert await store.held(graph, [KNOWS], hidden) == []
            assert await every_tie(store, graph, hidden) == []
            assert await store.find(graph, Wanted(frozenset({"Spy"})), hidden, limit=5) == []
            assert await store.spoken_of(graph, [source("doc_1").chunk_id], hidden) == {}
        for nothing in (only(), only("doc_never")):
            assert await store.present(graph, ["ada", "grace"], nothing) == set()

    async def test_thousands_of_documents_may_be_named(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source("doc_1"), "ada"), says(source("doc_2"), "grace"))
        many = [f"doc_x{number}" for number in range(20_000)]
        assert await store.present(graph, ["ada", "grace"], only("doc_1", *many)) == {"ada"}
        assert await store.present(graph, ["ada", "grace"], all_but("doc_1", *many)) == {"grace"}

    async def test_a_document_that_comes_later_is_hidden_by_the_same_scope(
        self, store: GraphStore, graph: Index
    ) -> None:
        asked = all_but("doc_1")
        await put(store, graph, says(source("doc_2"), "ada"))
        assert await store.present(graph, ["ada", "grace"], asked) == {"ada"}
        await put(store, graph, says(source("doc_1"), "grace"))
        assert await store.present(graph, ["ada", "grace"], asked) == {"ada"}
        await store.remove_documents(graph, ["doc_2"])
        await put(store, graph, says(source("doc_3"), "zuse"))
        assert await store.present(graph, ["ada", "grace", "zuse"], asked) == {"zuse"}

    async def test_layers_are_apart(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source(), named("ada", "Old")), layer="1.1")
        await put(store, graph, says(source(), named("ada", "New"), "ada KNOWS grace"), layer="1.2")
        (old,) = await store.said(graph, ["ada"], scope(layer="1.1"))
        (new,) = await store.said(graph, ["ada"], scope(layer="1.2"))
        assert (old.mention.labels, new.mention.labels) == (("Old",), ("New",))
        assert await store.ties(graph, ["ada"], scope(layer="1.1")) == []
        assert await store.present(graph, ["ada"], scope(layer="2.1")) == set()
        assert [await store.size(graph, layer) for layer in ("1.1", "1.2", "2.1")] == [
            Size(1, 0),
            Size(2, 1),
            Size(0, 0),
        ]

    async def test_what_is_by_hand_is_part_of_every_layer_and_hidden_from_nobody(
        self, store: GraphStore, graph: Index
    ) -> None:
        await put(store, graph, by_hand(named("ada", "Person"), "ada KNOWS grace"), says(source(), "ada"))
        for anybody in (scope(), only(), scope(layer="9.9"), scope(without=[""])):
            assert (await store.said(graph, ["ada"], anybody))[0].source == HAND
            assert await store.ties(graph, ["grace"], anybody) == [KNOWS]
            assert [held.source for held in await store.held(graph, [KNOWS], anybody)] == [HAND]
            assert await store.find(graph, Wanted(frozenset({"person"})), anybody, limit=5) == ["ada"]
            assert await every_tie(store, graph, anybody) == [KNOWS]
        assert await store.size(graph, "9.9") == Size(2, 1)
        assert await store.size(graph, "1.1") == Size(2, 1)

    async def test_editions_that_do_not_answer_are_left_out(self, store: GraphStore, graph: Index) -> None:
        old, new = source(edition="edn_old"), source(chunk="chk_2", edition="edn_new")
        await put(store, graph, says(old, "ada", "grace"), says(new, "ada KNOWS zuse"))
        assert await store.present(graph, ["ada", "grace", "zuse"], scope(without=["edn_new"])) == {"ada", "grace"}
        assert await store.present(graph, ["ada", "grace", "zuse"], scope(without=["edn_old"])) == {"ada", "zuse"}
        assert await store.ties(graph, ["ada"], scope(without=["edn_new", "edn_never"])) == []
        assert await store.present(graph, ["ada"], scope(without=["edn_new", "edn_old"])) == set()

    async def test_aliases_are_told_by_those_in_scope_alone(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source("doc_1"), named("zuse", aliases=["konrad", "zuse"])))
        await put(store, graph, says(source("doc_2"), named("konrad", aliases=["z"]), "zuse"))
        assert await store.aliases(graph, ["konrad"], scope()) == [("konrad", "z"), ("konrad", "zuse")]
        assert await store.aliases(graph, ["zuse"], scope()) == [("konrad", "zuse")]
        assert await store.aliases(graph, ["konrad", "zuse"], only("doc_2")) == [("konrad", "z")]
        assert await store.aliases(graph, ["nobody"], scope()) == []

    async def test_links_are_noted_between_what_is_spoken_of(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source(), "ada", "lovelace", "grace"))
        pairs = [("lovelace", "ada"), ("ada", "lovelace"), ("ada", "ada"), ("ada", "nobody")]
        await store.link(graph, pairs)
        await store.link(graph, pairs[:1])
        await store.link(graph, [])
        assert await store.linked(graph, ["ada"]) == [("ada", "lovelace")]
        assert await store.linked(graph, ["lovelace", "ada"]) == [("ada", "lovelace")]
        assert await store.linked(graph, ["grace", "nobody"]) == []
