"""Whoever asks a graph is answered alike by Neo4j and by the store that needs no server."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import httpx
import pytest

from acl.facts import Effect, PrincipalType
from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from indexing.stores.graphs import Assertion, GraphStore, Statement, Tie
from indexing.stores.neo4j.address import Address
from indexing.stores.neo4j.store import Neo4jGraphs
from indexing.wording.names import edge_id, key_of, node_id
from rag.graphs.components import GraphInScope
from rag.graphs.view import View
from tests.contract.graphs.statements import named, put, says
from tests.leakage.surfaces import reading
from tests.rag.graphs.known import Known, known
from tests.rag.graphs.test_view import everything, same_counts, same_finds, same_paths, same_walks
from tests.rag.graphs.worlds import world
from tests.world.by_night import by_night
from tests.world.people import Organisation
from tests.world.platform import Running

pytestmark = pytest.mark.services

NAMES = ["Ada", "Ada Lovelace", "Grace", "Grace Hopper", "Navy", "US Navy", "Zürich", "Babbage", "C++"]
TYPES = ["KNOWS", "PART_OF", "BUILT"]


@pytest.fixture
async def neo4j(neo4j_address: Address) -> AsyncIterator[Neo4jGraphs]:
    store = Neo4jGraphs(neo4j_address)
    yield store
    await store.aclose()


@pytest.mark.parametrize("seed", [*range(2), *by_night(range(2, 12))])
async def test_a_view_of_neo4j_is_the_graph_of_what_may_be_read(neo4j: Neo4jGraphs, seed: int) -> None:
    await same_world(neo4j, seed)


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(100, 600, 50))
async def test_so_it_is_in_many_worlds(neo4j: Neo4jGraphs, first: int) -> None:
    for seed in range(first, first + 50):
        await same_world(neo4j, seed)


async def same_world(store: GraphStore, seed: int) -> None:
    """What a caller sees of a world, walks, finds and counts in it, is what the slow oracle says."""
    made = world(seed)
    await made.keep(store)
    oracle, view = made.read(), View(GraphInScope(store, made.graph, made.scope()))
    assert await everything(view) == (list(oracle.nodes.values()), list(oracle.edges.values()))
    await same_walks(made, view, oracle)
    await same_paths(made, view, oracle)
    await same_finds(made, view, oracle)
    await same_counts(view, oracle)
    await store.drop(made.graph)


@pytest.mark.parametrize("seed", [0, *by_night([1, 2])])
async def test_every_endpoint_answers_as_it_does_without_a_server(
    acme: Organisation, running: Running, neo4j: Neo4jGraphs, seed: int
) -> None:
    chance = random.Random(seed)
    await acme.person("reader", "tenant_viewer")
    made = await known(acme, {f"d{number}": [[], [], []] for number in range(4)})
    statements = await _told(chance, made)
    links = [(key_of(one), key_of(other)) for one, other in (chance.sample(NAMES, 2) for _ in range(2))]
    for store in (made.store, neo4j):
        await put(store, made.index, *statements)
        await store.link(made.index, links)
    denied = chance.sample(sorted(made.written.shelf.documents), 2)
    await made.written.enter(Effect.DENY, (PrincipalType.USER, acme.people["reader"].id), denied)
    async with reading(running, refit=lambda platform: replace(platform, graphs=neo4j)) as beside:
        assert isinstance(running.platform.graphs, EmbeddedGraphs)
        seen = 0
        for name in ("admin", "reader"):
            here, there = (each.client(acme.people[name].key) for each in (running, beside))
            async with here, there:
                for question in islice(_questions(chance, made), 60):
                    right = await _asked(here, made, *question)
                    assert await _asked(there, made, *question) == right, question
                    seen += len(right["data"].get("nodes", ())) if "data" in right else 0
        assert seen > 50
    await neo4j.drop(made.index)


async def _told(chance: random.Random, made: Known) -> list[Statement]:
    """What passages say, by chance."""
    statements = []
    for document in made.written.shelf.documents:
        for source in await made.sources(document):
            names = chance.sample(NAMES, 3)
            mentions = [
                named(
                    name, chance.choice(["Person", "Place"]), aliases=chance.choice([(), ("Navy",)]), rank=1, kind="a"
                )
                for name in names
            ]
            ends = [key_of(name) for name in names]
            ties = {(chance.choice(ends), chance.choice(TYPES), chance.choice(ends)) for _ in range(3)}
            statements.append(says(source, *mentions, *(Assertion(Tie(*tie)) for tie in sorted(ties))))
    return statements


async def _asked(client: httpx.AsyncClient, made: Known, method: str, path: str, said: Any) -> dict[str, Any]:
    base = f"/v1/modules/scaimatrix/collections/{made.id}/graph{path}"
    answer = await client.request(method, base, **({"json": said} if method == "POST" else {"params": said}))
    told: dict[str, Any] = answer.json()
    assert told.get("data", {}).get("graph_available", True), told
    return {"status": answer.status_code, **({"data": told["data"]} if answer.is_success else {})}


def _questions(chance: random.Random, made: Known) -> Iterator[tuple[str, str, Any]]:
    """What is asked, without an end."""
    while True:
        one, other = (node_id(made.id, key_of(name)) for name in chance.sample(NAMES, 2))
        name, type_ = chance.choice(NAMES), chance.choice(TYPES)
        direction, depth = chance.choice(["in", "out", "both"]), chance.randint(1, 3)
        walk = {"start_node_id": one, "depth": depth, "direction": direction, "relation_types": [type_][: depth - 1]}
        labels = chance.choice([[], ["person"], ["Place"]])
        yield "POST", "/search", {"query": name}
        yield "POST", "/query", {"labels": labels, "name": name[:3], "properties": {"rank": 1}}
        yield "POST", "/traverse", walk
        yield "POST", "/paths", {"source_id": one, "target_id": other, "max_depth": depth}
        yield "POST", "/context", {"query": f"who is {name}", "depth": 1}
        yield "GET", "/stats", {}
        yield "GET", "/nodes", {"limit": 3}
        yield "GET", f"/nodes/{one}", {}
        yield "GET", "/edges", {"limit": 4}
        yield "GET", f"/edges/{edge_id(made.id, key_of(name), type_, key_of('Ada'))}", {}
