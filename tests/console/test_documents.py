"""From an empty tenant to a passage that is lit in its document, as a person does it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.console.browsing import Tab, tab
from tests.console.steps import search, upload
from tests.world.papers import pdf
from tests.world.people import Organisation

pytestmark = pytest.mark.services

REFUNDS = "Refunds are paid within five working days."
HANDBOOK = f"# Refunds\n\n{REFUNDS}\n\n# Shipping\n\n" + "We ship on Mondays and on Thursdays, unless it snows. " * 60
_ROW = "table.documents tbody tr"


@pytest.fixture(scope="module")
async def seen(browser: Browser, office: Organisation) -> AsyncIterator[Tab]:
    """The admin's tab, in a tenant with one collection, made by hand in the console."""
    async with tab(browser, office.running.url, office.people["admin"].key) as made:
        await made.open("/console/collections")
        await made.shows("No collection is shared with you yet.")
        await made.is_sound("collections-empty")
        await made.page.get_by_role("button", name="New collection").click()
        await made.page.get_by_label("Name", exact=True).fill("Handbook")
        await made.page.get_by_label("By heading").check()
        await made.page.get_by_label("Chunk size").fill("128")
        await expect(made.page.get_by_label("Embedding model")).not_to_have_value("")
        await made.is_sound("collection-create")
        await made.page.get_by_role("button", name="Make it").click()
        await expect(made.page.get_by_role("heading", level=1, name="Handbook")).to_be_visible()
        await made.shows("No document yet.")
        yield made


async def in_collection(seen: Tab) -> None:
    await seen.open("/console/collections")
    await seen.page.get_by_role("link", name="Handbook").click()
    await expect(seen.page.get_by_role("heading", level=1, name="Handbook")).to_be_visible()


async def test_a_file_is_followed_until_it_is_found_and_a_passage_opens_lit(seen: Tab) -> None:
    await in_collection(seen)
    await upload(seen, "handbook.md", HANDBOOK.encode(), "indexed")
    await seen.is_sound("collection")
    await search(seen, "How long do refunds take?")
    await seen.shows("there and back")
    await seen.is_sound("search")
    await seen.page.get_by_role("link", name="handbook.md").first.click()
    mark = seen.page.locator("mark").first
    await expect(mark).to_contain_text("Refunds")
    await expect(mark).to_be_in_viewport()
    await seen.is_sound("document")
    await seen.page.get_by_role("tab", name="Access").click()
    await seen.page.get_by_role("combobox", name="Who; empty is you").fill("viewer")
    await seen.page.get_by_role("option", name="Viewer").click()
    await seen.page.get_by_role("button", name="Check").click()
    await seen.shows("this decided")
    await expect(seen.page.locator(".badge", has_text="No")).to_be_visible()
    await seen.is_sound("document-access")
    await seen.page.get_by_role("tab", name="History").click()
    await seen.shows("Came in")


async def test_a_link_to_a_passage_that_is_gone_says_so(seen: Tab) -> None:
    await in_collection(seen)
    await upload(seen, "gone.md", b"Only this.", "indexed")
    await seen.page.get_by_role("link", name="gone.md").click()
    await seen.shows("Only this.")
    await seen.open(f"{seen.page.url.removeprefix(seen.url)}?chunk=chk_GONE&quote=It+was+so.")
    await seen.shows("The document has changed since")
    await seen.shows("It was so.")


async def test_a_failed_file_says_why_and_can_be_replaced_or_removed_and_that_undone(seen: Tab) -> None:
    await in_collection(seen)
    await upload(seen, "broken.pdf", b"%PDF-1.7 and then nothing of one", "failed")
    row = seen.page.locator(_ROW, has_text="broken.pdf")
    await expect(row.get_by_role("button", name="Retry")).to_be_visible()
    await seen.is_sound("collection-failed")
    await seen.open("/console")
    await seen.shows("1 failed")
    await seen.is_sound("home")
    await in_collection(seen)
    await row.get_by_role("button", name="Remove").click()
    await expect(row).to_have_count(0)
    await seen.page.get_by_role("button", name="Undo").click()
    await expect(row).to_have_count(1)


async def test_a_page_of_a_pdf_is_drawn_and_the_passage_lies_in_light(seen: Tab) -> None:
    await in_collection(seen)
    await upload(seen, "policy.pdf", pdf(["Nothing of note.", REFUNDS]), "indexed")
    await seen.page.get_by_role("link", name="policy.pdf").click()
    await expect(seen.page.locator(".sheet canvas")).to_be_visible()
    await seen.page.locator(".chunks li", has_text="Refunds").get_by_role("button").click()
    await expect(seen.page.locator(".sheet .light").first).to_be_in_viewport()
    await seen.page.get_by_role("button", name="Next").click()
    await seen.shows("Page 2 of 2")
    await expect(seen.page.locator(".sheet .light").first).to_be_in_viewport()
    await seen.is_sound("document-pdf")


async def test_what_is_not_shared_and_what_is_not_there_are_one_page(
    browser: Browser, office: Organisation, seen: Tab
) -> None:
    await in_collection(seen)
    hidden = seen.page.url.removeprefix(seen.url)
    async with tab(browser, office.running.url, office.people["viewer"].key) as other:
        pages = []
        for path in (hidden, "/console/collections/col_01ABSENT"):
            await other.open(path)
            await other.shows("Not found, or not shared with you.")
            pages.append(await other.page.locator("#main").inner_text())
        assert pages[0] == pages[1]
        await other.is_sound("not-allowed")
