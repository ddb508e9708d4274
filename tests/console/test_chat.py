"""Asking an assistant, seeing from what it answered, and what an answer must never do to the page."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import Browser, expect

from indexing.documents.status import DocumentStatus
from tests.console.browsing import tab
from tests.console.steps import ask
from tests.world import openai_answers as says
from tests.world.passages import Written, written
from tests.world.people import Organisation
from tests.world.personas import persona, published, reads
from tests.world.served import model_on
from tests.world.upstream import Upstream, upstream

pytestmark = pytest.mark.services

PAID = "Refunds are paid within five working days."
HARBOUR = "The harbour master keeps the refunds ledger of the harbour."
HOSTILE = (
    "Refunds take five days [1]. The ledger is kept [2], and nothing else [9].\n\n"
    '<img src="https://evil.example/a.png" onerror="document.title=1"><script>document.title=2</script>\n\n'
    "![seen](https://evil.example/b.png) and [here](javascript:alert(1)) and [there](https://good.example/x)\n\n"
    "[1]: https://evil.example/c\n\n- one\n- **two**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
)


@dataclass(slots=True)
class Desk:
    """An assistant over a collection, and what serves its model."""

    slug: str
    up: Upstream
    shelf: Written

    @property
    def path(self) -> str:
        return f"/console/chat?model={self.slug}"


@pytest.fixture(scope="module")
async def desk(office: Organisation) -> AsyncIterator[Desk]:
    root = office.running.client(office.running.root_key)
    async with upstream() as up, root:
        admin = office.client("admin")
        shelf = await written(office, {"policy": ["An opening.", f"First. {PAID} Last."], "harbour": [HARBOUR]})
        yield Desk(await _assistant(root, admin, up, shelf), up, shelf)


async def _assistant(root: httpx.AsyncClient, admin: httpx.AsyncClient, up: Upstream, shelf: Written) -> str:
    model = await model_on(root, up)
    search = {"rag_enabled": True, "rag_search_type": "keyword"}
    one = await persona(admin, model_slug=model.slug, **search)
    await reads(admin, one, shelf.id, source_name="Handbook")
    answer = await admin.post(f"/v1/modules/scaipersona/personas/{one['id']}/publish", json={})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["published_slug"])


def _says(text: str) -> list[bytes]:
    pieces = [text[start : start + 20] for start in range(0, len(text), 20)]
    frames = [says.frame(says.chunk({"content": piece})) for piece in pieces]
    return [*frames, says.frame(says.chunk({}, finish="stop")), says.usage_frame(), says.DONE]


async def test_a_number_opens_its_source_at_the_quoted_words(
    browser: Browser, office: Organisation, desk: Desk
) -> None:
    desk.up.says(says.stream(_says(HOSTILE)))
    reader = await office.person("reader", "tenant_user", permissions=["scaimatrix:view"])
    async with tab(browser, office.running.url, reader.key) as seen:
        await seen.open(desk.path)
        await seen.is_sound("chat-empty")
        await ask(seen, "How are refunds paid by the harbour?")
        answer = seen.page.locator(".answer")
        await expect(answer.get_by_role("button", name="Try again")).to_be_visible()
        await expect(answer.locator(".happened")).to_contain_text("searched Handbook")
        await expect(answer.locator(".happened")).to_contain_text("2 cited")
        await expect(answer.locator(".cite")).to_have_count(3)

        cite = answer.locator(".cite").first
        title = (await cite.get_attribute("title") or "").removeprefix("the words of ")
        await cite.click()
        words = {"policy": PAID, "harbour": HARBOUR}[title]
        mark = seen.page.locator(".passage mark")
        await expect(mark).to_contain_text(words)
        await expect(mark).to_be_in_viewport()
        await expect(seen.page.get_by_role("link", name="Open the document")).to_have_attribute(
            "href", f"/console/documents/{desk.shelf.shelf.documents[title]}?chunk={await _chunk(desk, title, words)}"
        )
        await seen.is_sound("chat-source")
        await seen.page.keyboard.press("ArrowRight")
        await expect(seen.page.locator(".source h2")).to_contain_text("[2]")
        await seen.page.keyboard.press("Escape")
        await expect(cite).to_be_focused()
        await expect(seen.page.get_by_role("heading", name="Cited 2")).to_be_visible()


async def test_who_finds_nothing_is_told_what_is_still_being_read(
    browser: Browser, office: Organisation, desk: Desk
) -> None:
    desk.up.says(says.stream(_says("I do not know.")))
    await desk.shelf.move(DocumentStatus.EMBEDDING, "policy")
    try:
        async with tab(browser, office.running.url, office.people["user"].key) as seen:
            await seen.open(desk.path)
            await ask(seen, "zeppelin")
            await seen.shows("Nothing found that you can read. 1 more document is still being read.")
    finally:
        await desk.shelf.move(DocumentStatus.INDEXED, "policy")


async def _chunk(desk: Desk, name: str, words: str) -> str:
    chunks = desk.shelf.chunks[desk.shelf.shelf.documents[name]]
    return next(chunk for chunk in chunks if words in desk.shelf.texts[chunk])


async def test_an_answer_is_text_whatever_it_says(browser: Browser, office: Organisation, desk: Desk) -> None:
    desk.up.says(says.stream(_says(HOSTILE)))
    async with tab(browser, office.running.url, office.people["user"].key) as seen:
        await seen.open(desk.path)
        await ask(seen, "How are refunds paid by the harbour?")
        answer = seen.page.locator(".markdown")
        await expect(seen.page.get_by_role("button", name="Try again")).to_be_visible()
        assert await answer.locator("img, script, iframe").count() == 0
        await expect(answer).to_contain_text("<script>document.title=2</script>")
        hrefs = await answer.locator("a").evaluate_all("all => all.map(a => [a.getAttribute('href'), a.rel])")
        assert hrefs == [
            ["https://evil.example/b.png", "noopener noreferrer"],
            ["https://good.example/x", "noopener noreferrer"],
        ]
        await expect(answer.locator("li strong")).to_have_text("two")
        await expect(answer.locator("td").first).to_have_text("1")
        assert await seen.page.title() == "Chat · ScaiGrid"
        assert seen.strayed == []
        await answer.locator(".cite").first.click()  # of somebody who may not look into collections
        await expect(seen.page.locator(".source mark")).to_have_text(re.compile("refunds", re.IGNORECASE))
        await seen.shows("The quoted words are all of it that can be shown to you here.")


async def test_stop_try_again_and_edit(browser: Browser, office: Organisation, desk: Desk) -> None:
    key = office.people["user"].key
    async with tab(browser, office.running.url, key) as seen:
        await seen.open(desk.path)
        desk.up.says(says.stream(_says("Half an answer and")[:1], hang=True))
        await ask(seen, "What of refunds?")
        await seen.shows("Half an answer")
        await seen.page.get_by_role("button", name="Stop").click()
        await seen.shows("Stopped. What stands above is not a whole answer.")
        desk.up.says(says.stream(_says("A whole answer.")))
        await seen.page.get_by_role("button", name="Try again").click()
        await seen.shows("A whole answer.")
        await expect(seen.page.locator(".turn")).to_have_count(1)
        await seen.page.get_by_role("button", name="Edit").click()
        await seen.page.get_by_label("Your question, in other words").fill("And what of returns?")
        desk.up.says(says.stream(_says("Another answer.")))
        await seen.page.locator(".editing").get_by_role("button", name="Ask").click()
        await seen.shows("Another answer.")
        asked = json.loads(desk.up.asked[-1].body)["messages"]
        assert [one["content"] for one in asked if one["role"] == "user"][-1].endswith("And what of returns?")

        await seen.page.reload()
        await seen.shows("Another answer.")
        kept = await seen.page.evaluate("Object.keys(sessionStorage).filter(name => name.startsWith('scaigrid.chat'))")
        assert len(kept) == 1
        assert key not in kept[0]
        await seen.page.locator(".you summary").click()
        await seen.page.get_by_role("button", name="Sign out").click()
        await expect(seen.page.get_by_role("heading", name="Sign in to ScaiGrid")).to_be_visible()
        assert await seen.page.evaluate("sessionStorage.length") == 0


async def test_what_came_before_the_page_was_left_is_still_there(
    browser: Browser, office: Organisation, desk: Desk
) -> None:
    async with tab(browser, office.running.url, office.people["user"].key) as seen:
        await seen.open(desk.path)
        desk.up.says(says.stream(_says("Half of one answer and")[:1], hang=True))
        await ask(seen, "What of refunds?")
        await seen.shows("Half of one answer")
        await seen.page.reload()
        await seen.shows("Half of one answer")
        await seen.shows("Stopped. What stands above is not a whole answer.")

        desk.up.says(says.stream(_says("Half of another and a")[:1], hang=True))
        await ask(seen, "And of returns?")
        await seen.shows("Half of another")
        await seen.page.get_by_role("link", name="Home", exact=True).click()
        await expect(seen.page.get_by_role("heading", name="Chat", exact=True)).to_have_count(0)
        await seen.page.go_back()
        await seen.shows("Half of another")
        await expect(seen.page.get_by_text("Stopped. What stands above is not a whole answer.")).to_have_count(2)


async def test_an_answer_that_breaks_off_says_so(browser: Browser, office: Organisation, desk: Desk) -> None:
    desk.up.says(says.stream(_says("Half an answer and no more of it")[:1], cut=True))
    async with tab(browser, office.running.url, office.people["user"].key) as seen:
        await seen.open(desk.path)
        await ask(seen, "What of refunds?")
        await expect(seen.page.locator(".answer .trouble code")).to_have_text("BACKEND_ERROR")
        await seen.is_sound("chat-broken")


async def test_what_may_be_asked_is_offered_and_sources_away_are_told(
    browser: Browser, office: Organisation, desk: Desk
) -> None:
    admin = office.client("admin")
    lame = await published(admin, name="Lame", rag_enabled=True)
    await reads(admin, lame, desk.shelf.id, source_name="Handbook")
    broken = {"source_type": "scaidrive", "source_id": "share-7", "source_name": "Shared drive"}
    made = await admin.post(f"/v1/modules/scaipersona/personas/{lame['id']}/sources", json=broken)
    assert made.status_code == 201, made.text
    async with tab(browser, office.running.url, office.people["user"].key) as seen:
        await seen.open("/console/chat")
        await seen.page.get_by_role("combobox", name="Assistant or model").fill("lame")
        await seen.page.locator(".combobox li:visible").filter(has_text="assistant").first.click()
        model = quote(lame["published_slug"], safe="")
        await expect(seen.page).to_have_url(f"{office.running.url}/console/chat?model={model}")
        await ask(seen, "What of refunds?")
        await expect(seen.page.locator(".without")).to_contain_text("Answered without Shared drive")
        await seen.is_sound("chat-degraded")
