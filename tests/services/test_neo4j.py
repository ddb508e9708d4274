"""The Neo4j store on a real server: every promise of a graph store, and what only a real one can break."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest
from neo4j import AsyncGraphDatabase

from app.ids import new_id
from indexing.errors import StoreUnavailable
from indexing.stores.graphs import GraphStore, Size
from indexing.stores.neo4j import layout
from indexing.stores.neo4j.address import Address
from indexing.stores.neo4j.store import Neo4jGraphs
from indexing.stores.vectors import Index
from tests.contract.graphs.contract import GraphStoreContract
from tests.contract.graphs.statements import LAYER, by_hand, every_tie, named, only, put, says, scope, source, tied
from tests.contract.graphs.wandering import wander
from tests.indexing.stores.test_neo4j_cypher import TEXTS
from tests.world.by_night import by_night

pytestmark = pytest.mark.services

WORDS = "MATCH (n {tenant: $tenant, collection: $collection}) RETURN count(n) AS number"


async def asked(address: Address, text: str, **told: object) -> list[dict[str, object]]:
    """What the server itself says."""
    async with AsyncGraphDatabase.driver(address.url, auth=(address.user, address.password)) as driver:
        found = await driver.execute_query(text, told)
        return [record.data() for record in found.records]


async def left_of(address: Address, graph: Index) -> object:
    """How many nodes of any kind a graph has."""
    (row,) = await asked(address, WORDS, tenant=graph.tenant_id, collection=graph.collection_id)
    return row["number"]


async def plan(address: Address, text: str) -> list[str]:
    """The steps in which the server would answer."""
    told = dict.fromkeys(re.findall(r"\$(\w+)", text)) | dict.fromkeys(("most", "limit", "page"), 10)
    async with AsyncGraphDatabase.driver(address.url, auth=(address.user, address.password)) as driver:
        found = await driver.execute_query(f"EXPLAIN {text}", told)
        return list(_steps(found.summary.plan or {}))


def _steps(plan: Mapping[str, Any]) -> Iterator[str]:
    yield plan["operatorType"]
    for child in plan.get("children", ()):
        yield from _steps(child)


class TestNeo4j(GraphStoreContract):
    @pytest.fixture
    async def store(self, neo4j_address: Address) -> AsyncIterator[Neo4jGraphs]:
        store = Neo4jGraphs(neo4j_address)
        yield store
        await store.aclose()

    @pytest.fixture
    async def broken(self) -> AsyncIterator[Neo4jGraphs]:
        store = Neo4jGraphs(Address.of("bolt://127.0.0.1:9", "neo4j", "secret"))  # nobody listens there
        yield store
        await store.aclose()

    @pytest.mark.parametrize("seed", [0, *by_night([1, 2, 3])])
    async def test_it_answers_as_the_oracle_does(self, store: GraphStore, graph: Index, seed: int) -> None:
        """In fewer steps: what is compared after each are hundreds of questions to a server."""
        await wander(store, graph, seed, 10)

    async def test_the_layout_is_made_once_and_noted(self, store: Neo4jGraphs, neo4j_address: Address) -> None:
        await store.answers()
        noted = await asked(neo4j_address, layout.NOTED)
        assert [row["version"] for row in noted] == [layout.VERSION]
        made = "SHOW INDEXES YIELD name, state WHERE name STARTS WITH 'scai_' RETURN name, state"
        assert {row["state"] for row in await asked(neo4j_address, made)} == {"ONLINE"}
        assert len(await asked(neo4j_address, made)) == len(layout.MAKE)

    async def test_who_opens_at_the_same_time_makes_one_layout(self, neo4j_address: Address) -> None:
        await asked(neo4j_address, "MATCH (v:ScaiLayout) DELETE v")
        await asked(neo4j_address, "DROP CONSTRAINT scai_tie IF EXISTS")
        stores = [Neo4jGraphs(neo4j_address) for _ in range(6)]
        await asyncio.gather(*(store.answers() for store in stores))
        assert [row["version"] for row in await asked(neo4j_address, layout.NOTED)] == [layout.VERSION]
        for store in stores:
            await store.aclose()

    async def test_nothing_of_what_is_removed_is_left(
        self, store: Neo4jGraphs, graph: Index, neo4j_address: Address
    ) -> None:
        await put(store, graph, says(source("doc_1"), named("Ada Lovelace", "Person", aliases=["aal"], born=1815)))
        before = await left_of(neo4j_address, graph)
        secret = says(source("doc_2"), named("Project Nightfall", "Plan", aliases=["pn"]), tied("ada HIDES nightfall"))
        await put(store, graph, secret)
        await store.link(graph, [("ada", "nightfall"), ("ada lovelace", "ada")])
        assert await left_of(neo4j_address, graph) != before
        await store.remove_documents(graph, ["doc_2"])
        assert await left_of(neo4j_address, graph) == before
        await put(store, graph, by_hand("zuse BUILT z3"))
        await store.remove_by_hand(graph, keys=["zuse", "z3"], ties=[])
        await store.remove_by_hand(graph, keys=[], ties=[tied("zuse BUILT z3").tie])
        assert await left_of(neo4j_address, graph) == before
        await store.drop(graph)
        assert await left_of(neo4j_address, graph) == 0

    async def test_who_writes_and_removes_at_the_same_time_leaves_nothing_torn(
        self, neo4j_address: Address, graph: Index
    ) -> None:
        """Several processes: what one is about to mention is what another has just seen nobody mention."""
        stores = [Neo4jGraphs(neo4j_address) for _ in range(4)]

        async def come_and_go(number: int) -> None:
            store, document = stores[number % 4], f"doc_{number}"
            for _ in range(6):
                await put(store, graph, says(source(document), "hub KNOWS spoke", f"hub KNOWS p{number}"))
                await store.link(graph, [("hub", "spoke")])
                await store.remove_documents(graph, [document])
            await put(store, graph, says(source(document), f"hub KNOWS p{number}"))

        await asyncio.gather(*(come_and_go(number) for number in range(8)))
        assert await stores[0].size(graph, LAYER) == Size(9, 8)
        assert len(await every_tie(stores[1], graph, scope())) == 8
        assert await stores[2].linked(graph, ["hub"]) == []
        assert await stores[3].drop(graph) == 8 * 3
        assert await left_of(neo4j_address, graph) == 0
        for store in stores:
            await store.aclose()

    async def test_a_graph_dropped_while_it_is_written_is_whole_or_gone(
        self, neo4j_address: Address, graph: Index
    ) -> None:
        writer, dropper = Neo4jGraphs(neo4j_address), Neo4jGraphs(neo4j_address)

        async def write() -> None:
            for number in range(20):
                await put(writer, graph, says(source(f"doc_{number}"), f"hub KNOWS p{number}"))

        async def drop() -> None:
            for _ in range(10):
                await dropper.drop(graph)

        await asyncio.gather(write(), drop())
        ties = await every_tie(writer, graph, scope())
        for tie in ties:
            assert await writer.present(graph, [tie.source, tie.target], scope()) == {tie.source, tie.target}
        assert await dropper.drop(graph) == len(ties) * 3
        assert await left_of(neo4j_address, graph) == 0
        await writer.aclose()
        await dropper.aclose()

    async def test_a_wrong_password_is_said_to_be_one(self, neo4j_address: Address) -> None:
        store = Neo4jGraphs(Address.of(neo4j_address.url, "somebody", "else"))
        with pytest.raises(StoreUnavailable, match="SCAIGRID_NEO4J_PASSWORD"):
            await store.answers()
        await store.aclose()

    async def test_nobody_else_s_nodes_are_looked_at(
        self, store: Neo4jGraphs, graph: Index, neo4j_address: Address
    ) -> None:
        """A server may hold other things, even under our own names for kinds."""
        theirs = [{"kind": kind, "tenant": new_id("tnt")} for kind in ("ScaiThing", "Person")]
        for their in theirs:
            await asked(
                neo4j_address, f"CREATE (n:{their['kind']} {{tenant: $tenant, key: 'ada', name: 'ada'}})", **their
            )
        await put(store, graph, says(source(), "ada"))
        assert await store.present(graph, ["ada"], only("doc_1")) == {"ada"}
        assert await store.drop(graph) == 1
        for their in theirs:
            gone = f"MATCH (n:{their['kind']} {{tenant: $tenant}}) DELETE n RETURN 1"
            assert len(await asked(neo4j_address, gone, **their)) == 1

    async def test_no_question_and_no_command_looks_beyond_its_collection(
        self, store: Neo4jGraphs, graph: Index, neo4j_address: Address
    ) -> None:
        """The server's own plan begins each at an index by tenant and collection, whatever it knows of its numbers."""
        nothing_held = ("MATCH (n) DETACH DELETE n", "CALL db.prepareForReplanning(30)")  # and its numbers say so
        for before in ((), nothing_held):
            for text in before:
                await asked(neo4j_address, text)
            await put(store, graph, *(says(source(f"doc_{number}"), f"hub KNOWS p{number}") for number in range(300)))
            await asked(neo4j_address, "CALL db.clearQueryCaches()")
            for text in TEXTS.values():
                steps = await plan(neo4j_address, text)
                assert not [step for step in steps if "Scan" in step], text
                assert [step for step in steps if "IndexSeek" in step], text
