"""A Neo4j that is stopped, killed and started again is said to be away, used once it is back, and holds no halves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress

import pytest

from indexing.errors import StoreUnavailable
from indexing.stores.graphs import GraphStore
from indexing.stores.neo4j.address import Address
from indexing.stores.neo4j.store import Neo4jGraphs
from indexing.stores.vectors import Index
from tests.contract.graphs.statements import editions, every_tie, new_graph, put, says, scope, source
from tests.services.neo4j_server import USER, Neo4j
from tests.world.patience import PATIENCE, eventually, until
from tests.world.platform import Running, fresh

pytestmark = [pytest.mark.services, pytest.mark.slow]

SAID = 5  # by each source of the writer below


@pytest.fixture
async def store(own_neo4j: Neo4j) -> AsyncIterator[Neo4jGraphs]:
    store = Neo4jGraphs(Address.of(own_neo4j.url, USER, own_neo4j.password))
    yield store
    await store.aclose()


async def test_it_is_away_and_back_and_was_killed_in_the_middle_of_writing(
    own_neo4j: Neo4j, store: Neo4jGraphs
) -> None:
    graph, kept = new_graph(), list[int]()
    with pytest.raises(StoreUnavailable):
        await store.answers()
    with ExitStack() as server:
        process = await asyncio.to_thread(server.enter_context, own_neo4j.started())
        await store.answers()
        await asyncio.gather(*(store.present(graph, ["hub"], scope()) for _ in range(20)))  # over many connections
        writing = asyncio.create_task(_write_until_it_is_away(store, graph, kept))
        await until(lambda: len(kept) > 5)
        process.kill()
        await writing
        started = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.present(graph, ["hub"], scope())
        assert time.monotonic() - started < PATIENCE
    with ExitStack() as server:
        await asyncio.to_thread(server.enter_context, own_neo4j.started())
        assert await store.present(graph, ["hub"], scope()) == {"hub"}
        documents = [edition for edition, _ in await editions(store, graph)]
        assert {f"edn_doc_{number}" for number in kept} <= set(documents)
        assert len(documents) - len(kept) in (0, 1)  # the one it was asked for last: all of it, or nothing
        ties = await every_tie(store, graph, scope())
        assert len(ties) == 2 * len(documents)
        assert len(await store.held(graph, ties, scope())) == len(ties)
        assert await store.drop(graph) == SAID * len(documents)


async def test_the_platform_starts_without_it_and_says_so(own_neo4j: Neo4j) -> None:
    async with fresh(neo4j_url=own_neo4j.url, neo4j_password=own_neo4j.password) as platform:
        assert await _state(platform) == "down"
        with ExitStack() as server:
            await asyncio.to_thread(server.enter_context, own_neo4j.started())
            await eventually(lambda: _is(platform, "up"))
        await eventually(lambda: _is(platform, "down"))


async def _is(platform: Running, state: str) -> bool:
    return await _state(platform) == state


async def _state(platform: Running) -> object:
    """As it was last looked at."""
    async with platform.client(platform.root_key) as root:
        parts = (await root.get("/health/detailed")).json()["data"]["dependencies"]
        return next(part["state"] for part in parts if part["name"] == "graphs")


async def _write_until_it_is_away(store: GraphStore, graph: Index, kept: list[int]) -> None:
    with suppress(StoreUnavailable):
        for number in range(100_000):
            await put(store, graph, says(source(f"doc_{number}"), f"hub KNOWS p{number}", f"p{number} LIKES q{number}"))
            kept.append(number)
