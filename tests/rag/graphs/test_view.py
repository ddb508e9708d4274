"""For any graph, documents and caller: what the caller sees is the graph of their readable documents alone."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import pytest

from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from indexing.stores.graphs import Value, Wanted
from indexing.wording.names import node_id
from rag.graphs.asked import Direction, NodesAsked, Walk
from rag.graphs.components import GraphInScope
from rag.graphs.counting import Counting
from rag.graphs.facts import EdgeSeen, NodeSeen
from rag.graphs.listing import ThingPages, relation_pages, wanted_of
from rag.graphs.paths import PathSearch
from rag.graphs.view import View
from rag.graphs.walking import walked
from tests.rag.graphs.naive import NaiveGraph
from tests.rag.graphs.worlds import TYPES, World, world

SEEDS = range(25)


@pytest.fixture(scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedGraphs]:
    made = EmbeddedGraphs(tmp_path_factory.mktemp("graphs"))
    yield made
    await made.aclose()


def shown(facts: Iterable[NodeSeen | EdgeSeen]) -> list[dict[str, Any]]:
    """All that is ever said of facts."""
    return [
        {name: value for name, value in asdict(fact).items() if name not in {"evidence", "collection_id"}}
        for fact in facts
    ]


async def seen(store: EmbeddedGraphs, made: World) -> View:
    return View(GraphInScope(store, made.graph, made.scope()))


async def everything(view: View) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All nodes and edges of a view, page by page."""
    things: list[str] = []
    after: str | None = ""
    while after is not None:
        page, after = await ThingPages(view, Wanted()).page(after, 3)
        things += page
    relations, goes_on, begun = [], None, False
    while goes_on is not None or not begun:
        some, goes_on = await relation_pages(view, ()).page(goes_on, 2)
        relations += some
        begun = True
    return shown(await view.nodes(things)), shown(await view.edges(relations))


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_view_is_the_graph_of_what_may_be_read(store: EmbeddedGraphs, seed: int) -> None:
    made = world(seed)
    await made.keep(store)
    oracle, view = made.read(), await seen(store, made)
    assert await everything(view) == (list(oracle.nodes.values()), list(oracle.edges.values()))
    await same_walks(made, view, oracle)
    await same_paths(made, view, oracle)
    await same_finds(made, view, oracle)
    await same_counts(view, oracle)


async def same_walks(made: World, view: View, oracle: NaiveGraph) -> None:
    for _ in range(3):
        if not oracle.nodes:
            return
        start, depth = made.chance.choice(list(oracle.nodes)), made.chance.randint(0, 4)
        direction, limit = made.chance.choice(list(Direction)), made.chance.choice([1, 2, 3, 50])
        types = frozenset(made.chance.sample(["knows", *TYPES], made.chance.choice([0, 0, 1, 2])))
        goes = _goes(direction, frozenset(type_.upper() for type_ in types))
        away = oracle.reached(start, depth, goes)
        place = {id_: number for number, id_ in enumerate(oracle.nodes)}
        order = sorted(away, key=lambda id_: (away[id_], place[id_]))[:limit]
        over = {
            id_
            for id_, edge in oracle.edges.items()
            if {edge["source_id"], edge["target_id"]} <= set(order)
            and any(away[end] < depth and goes(edge, end) for end in (edge["source_id"], edge["target_id"]))
        }
        thing = (await view.by_ids([start])).get(start)
        assert thing is not None
        drawn = await walked(view, thing, Walk(depth, direction, types, limit))
        assert shown(drawn.nodes) == [oracle.nodes[id_] for id_ in order]
        assert {edge.id: edge for edge in drawn.edges}.keys() == over
        assert all(edge in oracle.edges.values() for edge in shown(drawn.edges))
        assert drawn.truncated is (len(away) > limit)


def _goes(direction: Direction, types: frozenset[str]) -> Callable[[dict[str, Any], str], bool]:
    def goes(edge: dict[str, Any], id_: str) -> bool:
        out, into = edge["source_id"] == id_, edge["target_id"] == id_
        may = {Direction.OUT: out, Direction.IN: into, Direction.BOTH: out or into}[direction]
        return may and (not types or edge["type"] in types)

    return goes


async def same_paths(made: World, view: View, oracle: NaiveGraph) -> None:
    place = {id_: number for number, id_ in enumerate(oracle.nodes)}
    for _ in range(3):
        if not oracle.nodes:
            return
        start, end = (made.chance.choice(list(oracle.nodes)) for _ in range(2))
        most, limit = made.chance.randint(1, 5), made.chance.choice([1, 3, 1000])
        ways = sorted(oracle.ways(start, end, most), key=lambda way: (len(way), [place[id_] for id_ in way]))
        things = await view.by_ids([start, end])
        source, target = things.get(start), things.get(end)
        assert source is not None
        assert target is not None
        search = PathSearch(view, source, target)
        found = await search.run(most, limit)
        assert [[view.node_id(thing) for thing in search.things_on(way)] for way in found] == ways[:limit]
        assert search.truncated is (len(ways) > limit)
        for way, right in zip(found, ways, strict=False):
            first = [oracle.beside(one)[other][0]["id"] for one, other in pairwise(right)]
            assert [view.edge_id(relation) for relation in way] == first


async def same_finds(made: World, view: View, oracle: NaiveGraph) -> None:
    for _ in range(4):
        labels = made.chance.sample(["person", "Place", "Nothing"], made.chance.choice([0, 1, 2]))
        name = made.chance.choice(["", "", "ada", "gr", "navy us", "zz", "Charles B"])
        told: dict[str, Value] = made.chance.choice([{}, {}, {"kind": 1}, {"kind": True}, {"size": "a"}])
        right = oracle.fitting(labels, name.casefold().split(), told)
        pages = ThingPages(view, wanted_of(NodesAsked(frozenset(labels), name, told)))
        found, goes_on = await pages.page("", 100)
        assert [view.node_id(thing) for thing in found] == right
        assert goes_on is None


async def same_counts(view: View, oracle: NaiveGraph) -> None:
    count = await Counting(view.graph).run(labels=True)
    assert (count.nodes, count.edges) == (len(oracle.nodes), len(oracle.edges))
    types, labels = [edge["type"] for edge in oracle.edges.values()], dict[str, int]()
    for node in oracle.nodes.values():
        for label in node["labels"]:
            labels[label] = labels.get(label, 0) + 1
    assert dict(count.types) == {type_: types.count(type_) for type_ in types}
    assert dict(count.labels) == labels


@pytest.mark.parametrize("seed", SEEDS)
async def test_to_delete_a_document_is_never_to_have_had_it(store: EmbeddedGraphs, seed: int) -> None:
    made, without = world(seed), world(seed)
    gone = random.Random(seed).choice(made.documents)
    await made.keep(store)
    await store.remove_documents(made.graph, [gone])
    for layer, statements in without.by_layer.items():
        without.by_layer[layer] = [one for one in statements if one.source.document_id != gone]
    without.graph = made.graph
    oracle, view = without.read(), await seen(store, made)
    assert await everything(view) == (list(oracle.nodes.values()), list(oracle.edges.values()))


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_id_of_any_name_that_is_seen_leads_to_its_thing_and_no_other_does(
    store: EmbeddedGraphs, seed: int
) -> None:
    made = world(seed)
    await made.keep(store)
    oracle, view = made.read(), await seen(store, made)
    for statements in made.by_layer.values():
        for key in {mention.key for statement in statements for mention in statement.mentions}:
            id_ = node_id(made.graph.collection_id, key)
            thing = (await view.by_ids([id_])).get(id_)
            right = oracle.things.get(key)
            assert thing == (min(right) if right else None)


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(100, 1500, 100))
async def test_so_it_is_in_many_worlds(store: EmbeddedGraphs, first: int) -> None:
    for seed in range(first, first + 100):
        await test_a_view_is_the_graph_of_what_may_be_read(store, seed)
        await test_to_delete_a_document_is_never_to_have_had_it(store, seed)
        await test_the_id_of_any_name_that_is_seen_leads_to_its_thing_and_no_other_does(store, seed)
