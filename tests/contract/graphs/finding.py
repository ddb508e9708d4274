"""What is looked for by label, word and property, whichever store looks."""

from __future__ import annotations

from indexing.stores.graphs import GraphStore, Value, Wanted
from indexing.stores.vectors import Index
from tests.contract.graphs.statements import named, only, put, says, scope, source


async def found(store: GraphStore, graph: Index, *words: str, label: str = "", **properties: Value) -> list[str]:
    """The keys of all that is found so."""
    wanted = Wanted(frozenset({label} if label else ()), words, properties)
    return await store.find(graph, wanted, scope(), limit=100)


class Finding:
    """Looking for things."""

    async def test_everything_is_found_page_by_page_in_the_order_of_keys(self, store: GraphStore, graph: Index) -> None:
        names = [f"thing {number:03}" for number in range(30)] + ["Zoë", "ärger", "東京", "a", "🙂b2"]
        await put(store, graph, *(says(source(f"doc_{name}"), named(name)) for name in names))
        keys, page = list[str](), [""]
        while page:
            page = await store.find(graph, Wanted(), scope(), after=page[-1], limit=7)
            assert len(page) <= 7
            keys += page
        assert keys == sorted(named(name).key for name in names)
        assert await store.find(graph, Wanted(), scope(), limit=0) == []

    async def test_things_are_found_by_the_beginnings_of_words(self, store: GraphStore, graph: Index) -> None:
        await put(
            store, graph, says(source(), *map(named, ["The Grace Hopper", "Grace Kelly", "Disgrace", "Zoë Straße"]))
        )
        assert await found(store, graph, "grace") == ["grace hopper", "grace kelly"]
        assert await found(store, graph, "gr", "hop") == ["grace hopper"]
        assert await found(store, graph, "kel", "gr") == ["grace kelly"]
        assert await found(store, graph, "the") == ["grace hopper"]
        assert await found(store, graph, "zoë") == ["zoë strasse"]
        assert await found(store, graph, "gracex") == []
        assert await found(store, graph, "race") == []

    async def test_no_word_is_a_pattern(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source(), *map(named, ["Grace", "C++", "R&D", "#1"])))
        assert await found(store, graph, "%") == []
        assert await found(store, graph, "_") == []
        assert await found(store, graph, "gr.*") == []
        assert await found(store, graph, "c+") == ["c++"]
        assert await found(store, graph, "r&") == ["r&d"]
        assert await found(store, graph, "#") == ["#1"]

    async def test_things_are_found_by_what_anybody_in_scope_calls_them(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source("doc_1"), named("ada", "Person", "Straße")))
        await put(store, graph, says(source("doc_2"), named("ada", "Poet"), named("grace", "PERSON")))
        assert await found(store, graph, label="person") == ["ada", "grace"]
        assert await found(store, graph, label="STRASSE") == ["ada"]
        assert await found(store, graph, label="pers") == []
        either = Wanted(frozenset({"Poet", "Admiral"}))
        assert await store.find(graph, either, scope(), limit=5) == ["ada"]
        assert await store.find(graph, either, only("doc_1"), limit=5) == []
        assert await store.find(graph, Wanted(frozenset({"Person"})), only("doc_2"), limit=5) == ["grace"]

    async def test_things_are_found_by_properties_of_the_same_kind(self, store: GraphStore, graph: Index) -> None:
        kinds: dict[str, Value] = {"yes": True, "one": 1, "onepointzero": 1.0, "text": "1", "half": 0.5, "none": 0}
        await put(store, graph, says(source(), *(named(name, kind=value, kept="a") for name, value in kinds.items())))
        assert await found(store, graph, kind=1) == ["one", "onepointzero"]
        assert await found(store, graph, kind=1.0) == ["one", "onepointzero"]
        assert await found(store, graph, kind=True) == ["yes"]
        assert await found(store, graph, kind="1") == ["text"]
        assert await found(store, graph, kind=0.5, kept="a") == ["half"]
        assert await found(store, graph, kind=False) == []
        assert await found(store, graph, kind=0.5, kept="b") == []
        assert await found(store, graph, kinds=0.5) == []

    async def test_things_are_found_by_long_texts_too(self, store: GraphStore, graph: Index) -> None:
        long = "a long 'tale' \\ of many words " * 40
        await put(store, graph, says(source(), named("ada", tale=long), named("grace", tale=long + "!"), "zuse"))
        assert await found(store, graph, tale=long) == ["ada"]
        assert await found(store, graph, tales=long) == []

    async def test_what_is_wanted_may_be_told_by_several(self, store: GraphStore, graph: Index) -> None:
        await put(
            store,
            graph,
            says(source("doc_1"), named("The Ada", "Person")),
            says(source("doc_2"), named("Ada", born=1815)),
        )
        wanted = Wanted(frozenset({"Person"}), ("the", "ad"), {"born": 1815})
        assert await store.find(graph, wanted, scope(), limit=5) == ["ada"]
        assert await store.find(graph, wanted, only("doc_1"), limit=5) == []
        assert await store.find(graph, wanted, only("doc_2"), limit=5) == []

    async def test_a_word_that_only_hidden_documents_use_finds_nothing(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source("doc_1"), named("The Ada")), says(source("doc_2"), named("Ada")))
        assert await store.find(graph, Wanted(words=("the",)), only("doc_2"), limit=5) == []
        assert await store.find(graph, Wanted(words=("ada",)), only("doc_2"), limit=5) == ["ada"]
