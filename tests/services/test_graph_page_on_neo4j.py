"""The Graph page says that its Neo4j was killed, and goes on by itself once that is started again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest
from playwright.async_api import Browser, Locator

from tests.console.browsing import Tab, chromium
from tests.console.steps import upload
from tests.console.watching import Watched, comes, is_the_same_page, stays, watched
from tests.indexing.collections.shelving import make
from tests.services.neo4j_server import Neo4j
from tests.world.graph_reader import graph_reader
from tests.world.served import model_on

pytestmark = [pytest.mark.services, pytest.mark.slow]

AWAY = "The graph is away right now."
LOST = "The graph store is away right now"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


async def test_it_goes_on_by_itself(browser: Browser, own_neo4j: Neo4j) -> None:
    place = {"neo4j_url": own_neo4j.url, "neo4j_password": own_neo4j.password}
    async with watched(browser, **place) as world:
        with ExitStack() as server:
            process = await asyncio.to_thread(server.enter_context, own_neo4j.started())
            address = await extracted(world)
            opened, before = await world.person(), await world.person()
            for seen in (opened, before):
                await seen.open(address)
                await comes(seen, expanding(seen, "Ada"))
            process.kill()
            await asyncio.to_thread(process.wait)

            await opened.open(address)
            await comes(opened, opened.page.get_by_text(AWAY))
            await expanding(before, "Ada").click()
            await comes(before, before.page.get_by_text(LOST))
            for seen in (opened, before):
                await stays(seen)
            assert await expanding(opened, "Ada").count() == 0

        with ExitStack() as server:
            await asyncio.to_thread(server.enter_context, own_neo4j.started())
            await comes(opened, expanding(opened, "Ada"))
            assert await opened.page.get_by_text(AWAY).count() == 0
            for seen in (opened, before):
                await expanding(seen, "Ada").click()
                await comes(seen, expanding(seen, "Bob"))
            await is_the_same_page(opened, before)


async def extracted(world: Watched) -> str:
    """Have a document read into a graph by a model; the address of the page that begins with a name in it."""
    async with graph_reader() as reader, world.acme.running.client(world.acme.running.root_key) as root:
        served = await model_on(root, reader)
        graph = {"graph_enabled": True, "graph_extraction_model": served.slug}
        shelf = await make(world.acme.client("admin"), **graph)
        keeping = await world.person()
        await keeping.open(f"/console/collections/{shelf['id']}")
        await upload(keeping, "friends.txt", b"Ada knows Bob.", "indexed")
        return f"/console/graph?in={shelf['id']}&find=Ada&view=table"


def expanding(seen: Tab, name: str) -> Locator:
    """What is pressed to see more of a thing, where the thing is shown."""
    return seen.page.get_by_role("button", name=f"Expand {name}")
