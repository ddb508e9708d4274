"""The whole of it once, as the first person of an empty platform does it: from the door to a denial explained."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, expect

from tests.console.browsing import Tab, tab
from tests.console.steps import ask, search, sign_in, upload
from tests.world.models import data
from tests.world.people import Organisation, organisation
from tests.world.personas import at, persona, reads
from tests.world.platform import fresh

pytestmark = pytest.mark.services

PAID = "Refunds are paid within five working days."
HANDBOOK = f"# Refunds\n\n{PAID}\n\n# Shipping\n\n" + "We ship on Mondays and on Thursdays, unless it snows. " * 400
ASKED = "How are refunds paid?"
# What the badge of the one row has said, in order, kept by the page itself: no reload, or it would be empty.
_LISTEN = """() => {
    window.said = [];
    new MutationObserver(() => {
        const now = document.querySelector("table.documents tbody .badge")?.textContent;
        if (now && now !== window.said.at(-1)) window.said.push(now);
    }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


async def test_from_an_empty_platform_to_a_cited_answer_and_a_denial_that_is_explained(browser: Browser) -> None:
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(fresh())
        acme = await organisation(running)
        stack.push_async_callback(acme.aclose)
        reader = await acme.person("reader", "tenant_user", permissions=["scaimatrix:view", "scaimatrix:search"])
        admin = await stack.enter_async_context(tab(browser, running.url))
        await admin.open("/console")
        await sign_in(admin, acme.people["admin"].key)
        await admin.shows("Five steps to a cited answer")
        collection = await _collection(admin)
        assistant = await _assistant(acme, collection)
        other = await stack.enter_async_context(tab(browser, running.url, reader.key))
        await search(other, ASKED)
        await other.shows("Nothing is shared with you yet.")
        await _enters(admin, collection, "Allow", "1 person gains")
        document = await _finds_and_reads(other)
        await _asks(other, assistant)
        await _denies(admin, document)
        await _is_gone(other, document, assistant)
        assert [*admin.strayed, *admin.complaints, *other.strayed, *other.complaints] == []


async def _collection(seen: Tab) -> str:
    """Make one, and see a file go through its stages as they come."""
    await seen.page.get_by_role("link", name="Make a collection").click()
    await seen.page.get_by_role("button", name="New collection").click()
    await seen.page.get_by_label("Name", exact=True).fill("Handbook")
    await expect(seen.page.get_by_label("Embedding model")).not_to_have_value("")
    await seen.page.get_by_role("button", name="Make it").click()
    await expect(seen.page.get_by_role("heading", level=1, name="Handbook")).to_be_visible()
    await seen.page.evaluate(_LISTEN)
    await upload(seen, "handbook.md", HANDBOOK.encode(), "indexed")
    said = [told[1:] for told in await seen.page.evaluate("window.said")]  # each after its sign
    assert said[-1] == "indexed", said
    assert set(said) & {"waiting", "processing", "chunking", "embedding"}, said  # a short file may be past most of them
    return seen.page.url.rpartition("/")[2]


async def _assistant(acme: Organisation, collection: str) -> str:
    """One that answers from it; how it is made by hand is tried elsewhere."""
    client = acme.client("admin")
    one = await persona(client, rag_enabled=True, rag_search_type="keyword")
    await reads(client, one, collection, source_name="Handbook")
    return str(data(await client.post(at(one, "publish"), json={}))["published_slug"])


async def _finds_and_reads(seen: Tab) -> str:
    await search(seen, ASKED)
    await seen.page.get_by_role("link", name="handbook.md").first.click()
    mark = seen.page.locator("mark").first
    await expect(mark).to_contain_text("Refunds")
    await expect(mark).to_be_in_viewport()
    return seen.page.url.partition("?")[0].rpartition("/")[2]


async def _asks(seen: Tab, assistant: str) -> None:
    await seen.open(f"/console/chat?model={assistant}")
    await ask(seen, ASKED)
    cite = seen.page.locator(".answer .cite").first
    await expect(cite).to_be_visible()
    await cite.click()
    mark = seen.page.locator(".passage mark")
    await expect(mark).to_contain_text(PAID)
    await expect(mark).to_be_in_viewport()


async def _enters(seen: Tab, on: str, effect: str, what_happens: str) -> None:
    """Allow or deny the reader something, having seen what comes of it."""
    await seen.open(f"/console/access?on={on}")
    await seen.page.get_by_role("button", name="Allow or deny").click()
    await seen.page.get_by_label("Effect").select_option(effect.lower())
    await seen.page.get_by_role("combobox", name="Person").fill("reader")
    await seen.page.get_by_role("listbox").get_by_role("option", name="Reader").click()
    await seen.page.get_by_role("button", name="See who gains and loses").click()
    dialog = seen.page.get_by_role("dialog", name=f"{effect} Reader")
    await expect(dialog).to_contain_text(what_happens)
    await dialog.get_by_role("button", name=effect, exact=True).click()
    await expect(seen.page.get_by_role("table").locator("tbody tr").first).to_contain_text("Reader")


async def _denies(seen: Tab, document: str) -> None:
    """Keep the reader from the document, and have it explained."""
    await _enters(seen, document, "Deny", "1 person loses")
    await seen.page.get_by_role("tab", name="Can somebody?").click()
    await seen.page.get_by_role("combobox", name="Can").fill("reader")
    await seen.page.get_by_role("listbox").get_by_role("option", name="Reader").click()
    await expect(seen.page.locator(".verdict")).to_contain_text("No.")
    await expect(seen.page.locator(".rules .decided")).to_contain_text("deny Reader")


async def _is_gone(seen: Tab, document: str, assistant: str) -> None:
    """From search, from its own page, and from what the assistant knows."""
    await search(seen, ASKED)
    await seen.shows("Nothing found that you can read.")
    await seen.open(f"/console/documents/{document}")
    await seen.shows("Not found, or not shared with you.")
    await seen.open(f"/console/chat?model={assistant}")
    await seen.page.get_by_role("button", name="Begin anew").click()
    await ask(seen, ASKED)
    await expect(seen.page.locator(".answer").get_by_role("button", name="Try again")).to_be_visible()
    await expect(seen.page.locator(".cite")).to_have_count(0)
