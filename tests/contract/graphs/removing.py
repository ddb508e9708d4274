"""What is taken away, and what is left as if it had never been, whichever store it is taken from."""

from __future__ import annotations

from indexing.stores.graphs import BY_HAND, GraphStore, Size
from indexing.stores.vectors import Index
from indexing.wording.names import edge_id, node_id
from tests.contract.graphs.statements import (
    LAYER,
    by_hand,
    editions,
    every_tie,
    named,
    put,
    says,
    scope,
    source,
    tie_of,
)

KNOWS = tie_of("ada KNOWS grace")


class Removing:
    """Taking away."""

    async def test_a_removed_document_takes_what_it_alone_said(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source("doc_1"), "ada KNOWS grace", "zuse BUILT z3"))
        await put(store, graph, says(source("doc_1", edition="edn_2"), "zuse"), layer="1.2")
        await put(store, graph, says(source("doc_2"), "ada KNOWS grace"))
        await store.link(graph, [("ada", "grace"), ("zuse", "z3")])
        assert await store.remove_documents(graph, ["doc_1", "doc_never"]) == 7
        assert await store.remove_documents(graph, ["doc_1"]) == 0
        assert await store.remove_documents(graph, []) == 0
        assert await store.present(graph, ["ada", "grace", "zuse", "z3"], scope()) == {"ada", "grace"}
        assert await every_tie(store, graph, scope()) == [KNOWS]
        assert [held.source for held in await store.held(graph, [KNOWS], scope())] == [source("doc_2")]
        assert await store.linked(graph, ["ada", "zuse"]) == [("ada", "grace")]
        zuse, built = node_id(graph.collection_id, "zuse"), edge_id(graph.collection_id, "zuse", "BUILT", "z3")
        assert await store.keys(graph, [zuse]) == {}
        assert await store.ties_of(graph, [built]) == {}
        assert await store.size(graph, LAYER) == Size(2, 1)
        assert await editions(store, graph) == {("edn_doc_2", LAYER)}

    async def test_a_removed_edition_leaves_the_others_of_its_document(self, store: GraphStore, graph: Index) -> None:
        old, new = source(edition="edn_old"), source(edition="edn_new")
        await put(store, graph, says(old, "ada KNOWS grace"), says(new, "ada"))
        await put(store, graph, says(old, "zuse"), layer="1.2")
        assert await editions(store, graph) == {("edn_old", LAYER), ("edn_new", LAYER), ("edn_old", "1.2")}
        assert await store.remove_editions(graph, ["edn_old", "edn_never"]) == 4
        assert await store.remove_editions(graph, ["edn_old"]) == 0
        assert await editions(store, graph) == {("edn_new", LAYER)}
        assert await store.present(graph, ["ada", "grace"], scope()) == {"ada"}

    async def test_links_go_with_what_nobody_mentions_any_more(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source("doc_1"), "ada", "lovelace"), says(source("doc_2"), "ada"))
        await store.link(graph, [("ada", "lovelace")])
        await store.remove_editions(graph, ["edn_doc_1"])
        assert await store.linked(graph, ["ada", "lovelace"]) == []
        await put(store, graph, says(source("doc_1"), "ada", "lovelace"))
        assert await store.linked(graph, ["ada", "lovelace"]) == []

    async def test_links_outlast_what_is_said_again_otherwise(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source(), "ada", "lovelace"))
        await store.link(graph, [("ada", "lovelace")])
        await put(store, graph, says(source(), named("ada", "Person"), "lovelace"))
        assert await store.linked(graph, ["ada"]) == [("ada", "lovelace")]

    async def test_only_the_named_layers_are_left_and_what_is_by_hand(self, store: GraphStore, graph: Index) -> None:
        for layer in ("1.1", "1.2", "2.1"):
            await put(store, graph, says(source(), f"ada KNOWS p{layer[0]}{layer[2]}"), layer=layer)
        await put(store, graph, by_hand("zuse"))
        assert await store.remove_layers_but(graph, ["1.2", "9.9"]) == 6
        assert await store.present(graph, ["ada", "zuse"], scope(layer="1.1")) == {"zuse"}
        assert await store.present(graph, ["ada", "zuse"], scope(layer="1.2")) == {"ada", "zuse"}
        assert await editions(store, graph) == {("edn_doc_1", "1.2")}
        assert await store.remove_layers_but(graph, []) == 3
        assert await store.size(graph, "1.2") == Size(1, 0)

    async def test_what_is_by_hand_is_removed_by_name_alone(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, by_hand("ada KNOWS grace", "zuse"), says(source(), "ada KNOWS grace"))
        assert await store.remove_documents(graph, [BY_HAND]) == 0
        assert await store.remove_editions(graph, [BY_HAND]) == 0
        gone = await store.remove_by_hand(graph, keys=["ada", "zuse", "nobody"], ties=[KNOWS, tie_of("zuse KNOWS ada")])
        assert gone == 3
        assert await store.present(graph, ["ada", "grace", "zuse"], scope()) == {"ada", "grace"}
        assert [said.source for said in await store.said(graph, ["ada"], scope())] == [source()]
        assert [held.source for held in await store.held(graph, [KNOWS], scope())] == [source()]
        assert await store.remove_by_hand(graph, keys=["ada"], ties=[KNOWS]) == 0
        assert await store.remove_by_hand(graph, keys=[], ties=[]) == 0

    async def test_thousands_of_documents_are_removed_at_once(self, store: GraphStore, graph: Index) -> None:
        statements = [says(source(f"doc_{number}"), f"hub HAS p{number}") for number in range(3_000)]
        await put(store, graph, *statements)
        gone = [f"doc_{number}" for number in range(2_999)]
        assert await store.remove_documents(graph, gone) == 2_999 * 3
        assert await store.size(graph, LAYER) == Size(2, 1)
        assert await every_tie(store, graph, scope()) == [tie_of("hub HAS p2999")]
