"""A part that is killed: each page says what is away, in its own sentence, and goes on by itself once it is back."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Route

from tests.console.browsing import Tab, tab
from tests.console.steps import ask, search, upload
from tests.console.watching import comes, is_the_same_page, stays, watched
from tests.indexing.collections.shelving import make
from tests.indexing.stores.little_weaviate import little_weaviate, waiting
from tests.world import openai_answers as says
from tests.world.embedder import embedder
from tests.world.graphs import atlas
from tests.world.hands import process
from tests.world.people import Organisation
from tests.world.redis import needs_redis, redis_server
from tests.world.served import model_on
from tests.world.surroundings import surroundings
from tests.world.upstream import upstream

pytestmark = [pytest.mark.services, pytest.mark.slow]

DUSK = b"The harbour closes at dusk."


def part(seen: Tab, name: str, words: str) -> Locator:
    """What Home says of a part."""
    return (
        seen.page.locator(".health-list li").filter(has=seen.page.get_by_text(name, exact=True)).filter(has_text=words)
    )


def row(seen: Tab, name: str, words: str) -> Locator:
    return seen.page.locator("table.documents tbody tr", has_text=name).filter(has_text=words)


async def send(seen: Tab, name: str, data: bytes) -> None:
    await seen.page.get_by_label("Files to upload").set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": data}
    )


async def test_what_does_not_answer_is_asked_ever_more_rarely(browser: Browser, office: Organisation) -> None:
    """A key may ask sixty times in a minute, and a page has several questions."""
    asked = list[str]()

    async def away(route: Route) -> None:
        asked.append(route.request.url)
        error = {"code": "STORAGE_ERROR", "message": "It is away."}
        await route.fulfill(status=502, json={"status": "error", "error": error, "meta": {"request_id": "req_1"}})

    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.page.clock.install()
        await seen.page.route(re.compile("/scaimatrix/collections"), away)
        await seen.open("/console/collections")
        await seen.shows("It is away.")
        first = len(asked)
        for _ in range(60):
            await seen.page.clock.run_for(1_000)
            await asyncio.sleep(0.03)
        assert 3 * first <= len(asked) <= 8 * first
        await seen.page.unroute(re.compile("/scaimatrix/collections"))
        await comes(seen, seen.page.locator("#main").filter(has_not=seen.page.get_by_text("It is away.")))


async def test_the_vector_store(browser: Browser) -> None:
    """A server that speaks as Weaviate does: what a real one does is tried in tests/services."""
    with waiting() as little:
        place = {"weaviate_url": f"http://127.0.0.1:{little.schema.port}", "weaviate_grpc_port": little.grpc_port}
        async with AsyncExitStack() as server, watched(browser, **place) as world:
            await server.enter_async_context(little_weaviate(little))
            shelf = await make(world.acme.client("admin"))
            path = f"/console/collections/{shelf['id']}"
            home, finding, keeping = await world.health(), await world.person(), await world.person()
            await keeping.open(path)
            await upload(keeping, "dusk.txt", DUSK, "indexed")
            await search(finding, "harbour")
            found = finding.page.get_by_role("link", name="dusk.txt")
            await comes(finding, found)
            for seen in (home, finding, keeping):
                await stays(seen)

            await server.aclose()
            await finding.page.get_by_role("button", name="Search", exact=True).click()
            await comes(finding, finding.page.get_by_text("The index is away; nothing can be found until it is back."))
            await send(keeping, "dawn.txt", b"The harbour opens at dawn.")
            await comes(keeping, row(keeping, "dawn.txt", "waiting"))
            await comes(home, part(home, "vectors", "down"))
            await finding.is_sound("away-search")
            await home.is_sound("away-home")

            async with little_weaviate(little):
                await comes(finding, found)
                await comes(keeping, row(keeping, "dawn.txt", "indexed"))
                await comes(home, part(home, "vectors", "up"))
                await is_the_same_page(home, finding, keeping)


async def test_the_graph_store(browser: Browser) -> None:
    """The one that ships, its folder gone as with a disk: that a Neo4j comes back is tried in tests/services."""
    async with watched(browser, deeds={}) as world:
        plans = await atlas(world.acme, "history")
        await plans.say("history", ("Ada Lovelace", "describes", "Analytical Engine"))
        shown, begun, home = await world.person(), await world.person(), await world.health()
        address = f"/console/graph?in={plans.id}&find=Ada%20Lovelace&view=table"
        await shown.open(address)
        expand = "Expand Ada Lovelace"
        await comes(shown, shown.page.get_by_role("button", name=expand))
        folder = world.acme.running.settings.home / "graphs"
        gone = folder.rename(folder.with_suffix(".gone"))
        folder.touch()
        await begun.open(address)
        for seen in (shown, begun, home):
            await stays(seen)
        await comes(begun, begun.page.get_by_text("The graph is away right now."))
        await shown.page.get_by_role("button", name=expand).click()
        await comes(shown, shown.page.get_by_text("The graph store is away right now"))
        await comes(home, part(home, "graphs", "down"))
        await begun.is_sound("away-graph")

        folder.unlink()
        gone.rename(folder)
        await comes(begun, begun.page.get_by_role("button", name=expand))
        await comes(home, part(home, "graphs", "embedded"))
        await shown.page.get_by_role("button", name=expand).click()
        await comes(shown, shown.page.get_by_role("button", name="Expand Analytical Engine"))
        await is_the_same_page(shown, begun, home)


async def test_the_model_that_answers(browser: Browser) -> None:
    async with watched(browser) as world, upstream() as up:
        async with world.acme.running.client(world.acme.running.root_key) as root:
            model = await model_on(root, up)
        talking = await world.person()
        await talking.open(f"/console/chat?model={model.slug}")
        await stays(talking)
        up.says(says.error(503))
        await ask(talking, "When does the harbour close?")
        await comes(talking, talking.page.locator(".answer .trouble code"))
        said = [says.frame(says.chunk({"content": "At dusk."})), says.frame(says.chunk({}, finish="stop"))]
        up.says(says.stream([*said, says.usage_frame(), says.DONE]))
        await talking.page.get_by_role("button", name="Try again").click()
        await comes(talking, talking.page.get_by_text("At dusk."))
        await is_the_same_page(talking)


async def test_the_model_that_embeds(browser: Browser) -> None:
    async with watched(browser) as world, embedder() as model:
        async with world.acme.running.client(world.acme.running.root_key) as root:
            served = await model_on(root, model, modality="embedding")
        shelf = await make(world.acme.client("admin"), embedding_model=served.slug)
        finding, keeping = await world.person(), await world.person()
        await keeping.open(f"/console/collections/{shelf['id']}")
        await upload(keeping, "dusk.txt", DUSK, "indexed")
        model.fails = says.error(503)
        await search(finding, "harbour")
        away = finding.page.get_by_text("The embedding model is away; only words were compared.")
        await comes(finding, away)
        await send(keeping, "dawn.txt", b"The harbour opens at dawn.")
        await comes(keeping, row(keeping, "dawn.txt", "waiting"))
        for seen in (finding, keeping):
            await stays(seen)
        model.fails = None
        await comes(finding, finding.page.locator("#main").filter(has_not=away).get_by_role("link", name="dusk.txt"))
        await comes(keeping, row(keeping, "dawn.txt", "indexed"))
        await is_the_same_page(finding, keeping)


@needs_redis
async def test_the_broker(browser: Browser, tmp_path: Path) -> None:
    """With a worker of its own, which is told of work by it."""
    async with redis_server(tmp_path) as broker, watched(browser, broker_url=broker.url) as world:
        shelf = await make(world.acme.client("admin"))
        home, keeping = await world.health(), await world.person()
        await keeping.open(f"/console/collections/{shelf['id']}")
        settings = world.acme.running.settings
        around = surroundings(HOME=str(settings.home), DATABASE_URL=settings.database, BROKER_URL=broker.url)
        async with process("app.cli", "worker", "--jobs", "1", surroundings=around):
            await upload(keeping, "dusk.txt", DUSK, "indexed")
            await comes(home, part(home, "jobs", "up"))
            for seen in (home, keeping):
                await stays(seen)
            await broker.stop()
            await comes(home, part(home, "jobs", "Documents wait until workers can be told of them."))
            await send(keeping, "dawn.txt", b"The harbour opens at dawn.")
            await comes(keeping, row(keeping, "dawn.txt", "waiting"))
            await broker.start()
            await comes(home, part(home, "jobs", "up"))
            await comes(keeping, row(keeping, "dawn.txt", "indexed"))
            await is_the_same_page(home, keeping)
