"""What is kept and read back, whichever store keeps it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from indexing.stores.graphs import (
    BY_HAND,
    HAND,
    MOST_EVIDENCE,
    Assertion,
    Beside,
    Degrees,
    Direction,
    GraphStore,
    Held,
    Mention,
    Said,
    Size,
    Statement,
    Tie,
    Value,
    Wanted,
)
from indexing.stores.vectors import Index
from indexing.wording.names import edge_id, node_id
from tests.contract.graphs.statements import (
    LAYER,
    by_hand,
    editions,
    every_tie,
    named,
    new_graph,
    only,
    put,
    says,
    scope,
    source,
    tie_of,
    tied,
)

KNOWS = tie_of("ada KNOWS grace")


class Keeping:
    """Writing and reading back."""

    async def test_a_graph_that_is_not_there_is_empty(self, store: GraphStore, graph: Index) -> None:
        assert await store.linked(graph, ["ada"]) == []
        assert await store.keys(graph, ["nod_1"]) == {}
        assert await store.ties_of(graph, ["edg_1"]) == {}
        assert await store.present(graph, ["ada"], scope()) == set()
        assert await store.said(graph, ["ada"], scope()) == []
        assert await store.ties(graph, ["ada"], scope()) == []
        assert await store.labels(graph, ["ada"], scope()) == {}
        assert await store.beside(graph, ["ada"], scope(), Direction.BOTH) == Beside()
        assert await store.between(graph, ["ada"], scope()) == []
        assert await store.degrees(graph, ["ada"], scope()) == Degrees()
        assert await store.held(graph, [KNOWS], scope()) == []
        assert await store.find(graph, Wanted(), scope(), limit=5) == []
        assert await store.aliases(graph, ["ada"], scope()) == []
        assert await store.spoken_of(graph, ["chk_1"], scope()) == {}
        assert await every_tie(store, graph, scope()) == []
        assert await store.size(graph, LAYER) == Size(0, 0)
        assert await store.remove_editions(graph, ["edn_1"]) == 0
        assert await store.remove_documents(graph, ["doc_1"]) == 0
        assert await store.remove_by_hand(graph, keys=["ada"], ties=[KNOWS]) == 0
        assert await store.remove_layers_but(graph, []) == 0
        assert await editions(store, graph) == set()
        assert await store.drop(graph) == 0

    async def test_what_is_said_comes_back_as_it_was_said(self, store: GraphStore, graph: Index) -> None:
        facts: dict[str, Value] = {
            "born": 1815,
            "height": 1.65,
            "alive": False,
            "note": "a 'quote', a \\ and ☃",
            "empty": "",
        }
        ada = Mention("ada", "Ada  Lovelace", ("Person", "Zählerin"), facts, ("countess", "aal"))
        knows = Assertion(KNOWS, {"since": 1833, "close": True, "weight": 0.5})
        await store.put(graph, LAYER, [Statement(source(), [ada, named("grace")], [knows])])
        (said,) = await store.said(graph, ["ada", "nobody"], scope())
        assert said == Said(source(), ada)
        assert {name: type(value) for name, value in said.mention.properties.items()} == {
            name: type(value) for name, value in facts.items()
        }
        assert await store.held(graph, [KNOWS], scope()) == [Held(source(), knows)]
        assert await store.present(graph, ["ada", "grace", "nobody"], scope()) == {"ada", "grace"}

    async def test_put_twice_is_once(self, store: GraphStore, graph: Index) -> None:
        statements = [says(source(chunk=f"chk_{number}"), "ada KNOWS grace") for number in range(3)]
        await put(store, graph, *statements)
        await put(store, graph, *statements)
        assert len(await store.said(graph, ["ada"], scope())) == 3
        assert await store.ties(graph, ["ada"], scope()) == [KNOWS]
        assert await store.drop(graph) == 9

    async def test_nothing_put_is_nothing_kept(self, store: GraphStore, graph: Index) -> None:
        await store.put(graph, LAYER, [])
        await store.put(graph, LAYER, [Statement(source(), [])])
        assert await editions(store, graph) == set()
        assert await store.size(graph, LAYER) == Size(0, 0)
        assert await store.drop(graph) == 0

    async def test_what_a_source_says_again_takes_the_place_of_all_it_said(
        self, store: GraphStore, graph: Index
    ) -> None:
        await put(store, graph, says(source(), "ada KNOWS grace", named("zuse", aliases=["konrad"])))
        await put(store, graph, says(source(), named("grace", "Admiral", rank=9)))
        assert await store.present(graph, ["ada", "grace", "zuse"], scope()) == {"grace"}
        assert [said.mention.labels for said in await store.said(graph, ["grace"], scope())] == [("Admiral",)]
        assert await store.ties(graph, ["ada", "grace"], scope()) == []
        assert await store.aliases(graph, ["konrad", "zuse"], scope()) == []
        assert await store.size(graph, LAYER) == Size(1, 0)
        await put(store, graph, says(source()))
        assert await store.drop(graph) == 0

    async def test_of_one_source_in_one_put_the_last_statement_counts(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source(), "ada"), says(source(), "grace"))
        assert await store.present(graph, ["ada", "grace"], scope()) == {"grace"}

    async def test_of_one_key_in_one_statement_the_last_mention_counts(self, store: GraphStore, graph: Index) -> None:
        facts = [named("ada", "First"), named("grace"), named("ada", "Last")]
        knows = [tied("ada KNOWS grace", rank=1), tied("ada KNOWS grace", rank=2)]
        await store.put(graph, LAYER, [Statement(source(), facts, knows)])
        assert [said.mention.labels for said in await store.said(graph, ["ada"], scope())] == [("Last",)]
        assert [held.assertion.properties for held in await store.held(graph, [KNOWS], scope())] == [{"rank": 2}]
        assert await store.drop(graph) == 3

    async def test_what_is_by_hand_takes_the_place_of_the_same_things_alone(
        self, store: GraphStore, graph: Index
    ) -> None:
        await put(store, graph, by_hand(named("ada", "Old"), "grace"))
        await put(store, graph, by_hand("zuse BUILT z3"))
        await put(store, graph, by_hand(named("ada", "New")))
        assert await store.present(graph, ["ada", "grace", "zuse", "z3"], scope()) == {"ada", "grace", "zuse", "z3"}
        assert [said.mention.labels for said in await store.said(graph, ["ada"], scope())] == [("New",)]
        assert await store.ties(graph, ["z3"], scope()) == [tie_of("zuse BUILT z3")]

    async def test_ids_lead_to_what_anybody_speaks_of(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source(), "ada KNOWS grace"), layer="7.7")
        await put(store, graph, by_hand("zuse"))
        nodes = {node_id(graph.collection_id, key): key for key in ("ada", "grace", "zuse", "nobody")}
        assert set((await store.keys(graph, nodes)).values()) == {"ada", "grace", "zuse"}
        assert await store.keys(graph, [node_id("col_else", "ada")]) == {}
        edge, back = (
            edge_id(graph.collection_id, *pair) for pair in (("ada", "KNOWS", "grace"), ("grace", "KNOWS", "ada"))
        )
        assert await store.ties_of(graph, [edge, back]) == {edge: KNOWS}

    async def test_all_ties_of_a_thing_are_found_in_both_directions(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source(), "ada KNOWS grace", "grace KNOWS ada", "zuse BUILT z3", "ada LIKES ada"))
        assert await store.ties(graph, ["ada"], scope()) == [
            Tie("ada", "KNOWS", "grace"),
            Tie("ada", "LIKES", "ada"),
            Tie("grace", "KNOWS", "ada"),
        ]
        assert await store.ties(graph, ["ada", "z3"], scope(), types=frozenset({"built", "Likes"})) == [
            Tie("ada", "LIKES", "ada"),
            Tie("zuse", "BUILT", "z3"),
        ]
        assert await store.ties(graph, [], scope()) == []

    async def test_no_more_evidence_is_given_than_is_shown(self, store: GraphStore, graph: Index) -> None:
        many = [source(f"doc_{number:03}") for number in range(MOST_EVIDENCE + 20)]
        await put(store, graph, *(says(who, "ada KNOWS grace") for who in many), by_hand("ada KNOWS grace"))
        first = [HAND, *many[: MOST_EVIDENCE - 1]]
        assert [said.source for said in await store.said(graph, ["ada", "grace"], scope())] == first * 2
        assert [held.source for held in await store.held(graph, [KNOWS], scope())] == first
        last = many[-1].document_id
        assert [said.source for said in await store.said(graph, ["ada"], only(last))] == [HAND, many[-1]]

    async def test_labels_are_those_of_the_evidence_that_is_given(self, store: GraphStore, graph: Index) -> None:
        many = [source(f"doc_{number:03}") for number in range(MOST_EVIDENCE + 20)]
        labels = ["Person", "PERSON", "Spy"]
        await put(store, graph, *(says(who, named("ada", labels[place % 3])) for place, who in enumerate(many)))
        await put(store, graph, says(source("doc_else"), named("grace", "Admiral", "Person")), by_hand(named("ada")))
        assert await store.labels(graph, ["ada", "grace", "nobody"], scope()) == {
            "ada": {"Person": 17, "PERSON": 16, "Spy": 16},
            "grace": {"Admiral": 1, "Person": 1},
        }
        assert await store.labels(graph, ["ada"], only("doc_001")) == {"ada": {"PERSON": 1}}

    async def test_no_label_is_misread_where_it_is_counted(self, store: GraphStore, graph: Index) -> None:
        name, label = 'odd", "labels": ["A"], "properties": {', 'Place"], "properties": {"labels": '
        await put(store, graph, says(source(), named(name, label, kind='", "labels": ["B"], ')))
        (page,) = [page async for page in store.tally_things(graph, scope()) if page.counted or page.others]
        listed = await store.labels(graph, page.others, scope())
        assert [dict(page.labels), *listed.values()].count({label: 1}) == 1
        assert page.counted + len(page.others) == 1

    async def test_what_chunks_speak_of_is_found(self, store: GraphStore, graph: Index) -> None:
        one, other = source(chunk="chk_1"), source("doc_2", "chk_2")
        await put(store, graph, says(one, "zuse", "ada KNOWS grace"), says(other, "ada"), by_hand("ada"))
        chunks = [one.chunk_id, other.chunk_id, "chk_never", BY_HAND]
        assert await store.spoken_of(graph, chunks, scope()) == {
            one.chunk_id: ["ada", "grace", "zuse"],
            other.chunk_id: ["ada"],
        }
        assert await store.spoken_of(graph, chunks, only("doc_2")) == {other.chunk_id: ["ada"]}

    async def test_thousands_are_put_at_once_and_listed_in_pages(self, store: GraphStore, graph: Index) -> None:
        statements = [
            says(source(f"doc_{number}"), f"one{number:05} NEXT two{number:05}", "one00000 HAS " + f"two{number:05}")
            for number in range(3_000)
        ]
        await put(store, graph, *statements)
        pages = [page async for page in store.every_tie(graph, scope())]
        assert len(pages) > 1
        assert max(map(len, pages)) <= 5_000
        listed = [tie for page in pages for tie in page]
        assert listed == sorted({fact.tie for statement in statements for fact in statement.assertions})
        assert await store.size(graph, LAYER) == Size(6_000, 6_000)
        assert len(await editions(store, graph)) == 3_000
        assert len(await store.ties(graph, ["one00000"], scope())) == 3_001
        assert await store.remove_layers_but(graph, []) == 3_000 * 5 - 1

    async def test_another_tenant_finds_and_removes_nothing(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source(), "ada KNOWS grace"), by_hand("ada"))
        await store.link(graph, [("ada", "grace")])
        stranger = replace(graph, tenant_id=new_graph().tenant_id)
        assert await store.present(stranger, ["ada"], scope()) == set()
        assert await store.said(stranger, ["ada"], scope()) == []
        assert await store.labels(stranger, ["ada"], scope()) == {}
        assert await store.beside(stranger, ["ada"], scope(), Direction.BOTH) == Beside()
        assert await store.between(stranger, ["ada", "grace"], scope()) == []
        assert await store.degrees(stranger, ["ada"], scope()) == Degrees()
        assert await store.linked(stranger, ["ada"]) == []
        assert await store.keys(stranger, [node_id(graph.collection_id, "ada")]) == {}
        assert await store.find(stranger, Wanted(), scope(), limit=5) == []
        assert await every_tie(store, stranger, scope()) == []
        assert await store.size(stranger, LAYER) == Size(0, 0)
        assert await editions(store, stranger) == set()
        assert await store.remove_documents(stranger, ["doc_1"]) == 0
        assert await store.remove_editions(stranger, ["edn_doc_1"]) == 0
        assert await store.remove_by_hand(stranger, keys=["ada"], ties=[]) == 0
        assert await store.remove_layers_but(stranger, []) == 0
        assert await store.drop(stranger) == 0
        assert await store.drop(graph) == 4

    async def test_two_graphs_hold_the_same_things_apart(self, store: GraphStore, graph: Index) -> None:
        beside = new_graph(graph.tenant_id)
        try:
            await put(store, graph, says(source(), "ada"))
            await put(store, beside, says(source(), "ada KNOWS grace"))
            assert await store.ties(graph, ["ada"], scope()) == []
            assert await store.drop(beside) == 3
            assert await store.present(graph, ["ada", "grace"], scope()) == {"ada"}
        finally:
            await store.drop(beside)

    async def test_a_dropped_graph_is_empty_and_can_begin_anew(self, store: GraphStore, graph: Index) -> None:
        await put(store, graph, says(source(), "ada KNOWS grace"), by_hand("zuse"))
        await store.link(graph, [("ada", "grace")])
        assert await store.drop(graph) == 4
        assert await store.present(graph, ["ada", "zuse"], scope()) == set()
        await put(store, graph, says(source(), "ada", "grace"))
        assert await store.present(graph, ["ada", "zuse"], scope()) == {"ada"}
        assert await store.linked(graph, ["ada"]) == []

    @pytest.mark.parametrize(
        "hostile", ["'; DROP TABLE things; --", "`}) DETACH DELETE n //", "a\\", '"', "%", "_", "$x", "{a}", "🙂", "\n"]
    )
    async def test_no_text_is_taken_for_a_command(self, store: GraphStore, graph: Index, hostile: str) -> None:
        mention = Mention(hostile, hostile, (hostile,), {hostile: hostile}, (f"{hostile}2",))
        tie = Tie(hostile, hostile, hostile)
        await store.put(graph, LAYER, [Statement(source(), [mention], [Assertion(tie, {hostile: hostile})])])
        await put(store, graph, says(source("doc_2"), "ada"))
        assert [said.mention for said in await store.said(graph, [hostile], scope())] == [mention]
        assert await store.ties(graph, [hostile], scope(), types=frozenset({hostile})) == [tie]
        assert [held.assertion.properties for held in await store.held(graph, [tie], scope())] == [{hostile: hostile}]
        wanted = Wanted(frozenset({hostile}), (), {hostile: hostile})
        assert await store.find(graph, wanted, scope(), limit=5) == [hostile]

    async def test_many_write_and_read_at_once(self, store: GraphStore, graph: Index) -> None:
        batches = [
            [says(source(f"doc_{part}", f"chk_{n}"), f"hub KNOWS p{part}") for n in range(5)] for part in range(10)
        ]

        async def ask() -> None:
            for _ in range(8):
                for tie in await store.ties(graph, ["hub"], scope()):
                    assert len(await store.held(graph, [tie], scope())) == 5

        await asyncio.gather(*(store.put(graph, LAYER, batch) for batch in batches), *(ask() for _ in range(3)))
        await asyncio.gather(*(store.put(graph, LAYER, batch) for batch in batches[:3] * 2))
        assert await store.size(graph, LAYER) == Size(11, 10)
        assert await store.drop(graph) == 150
