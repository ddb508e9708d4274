"""Walking a graph from a name on, in the picture and in the table that says the same."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Browser, expect

from tests.console.browsing import tab
from tests.world.graphs import Atlas, atlas
from tests.world.people import Organisation

pytestmark = pytest.mark.services


@pytest.fixture
async def inventions(office: Organisation) -> Atlas:
    """Two documents about who made what; the second is hidden from the reader."""
    if "reader" not in office.people:
        await office.person("reader", "tenant_user", permissions=["scaimatrix:view", "scaimatrix:search"])
    made = await atlas(office, "history", "secrets")
    await made.say("history", ("Ada Lovelace", "describes", "Analytical Engine"), label="Person")
    await made.say("secrets", ("Analytical Engine", "built by", "Charles Babbage"), label="Engineer")
    await made.hide("secrets", "reader")
    return made


async def test_a_graph_grows_from_a_name_and_says_where_it_is_from(
    browser: Browser, office: Organisation, inventions: Atlas
) -> None:
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/graph?in={inventions.id}")
        await seen.shows("Begin with a question, or with the name of something.")
        await seen.page.get_by_label("Name", exact=True).fill("Ada Lovelace")
        await seen.page.get_by_role("button", name="Show").click()
        picture = seen.page.get_by_role("application")
        await expect(picture.locator("canvas").first).to_be_visible()
        await picture.focus()
        await seen.page.keyboard.press("ArrowRight")
        await expect(seen.page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
        await seen.page.keyboard.press("Enter")
        known = seen.page.get_by_role("region", name="What is known of Ada Lovelace")
        await expect(known.get_by_role("button", name="Analytical Engine")).to_be_visible()
        source = known.get_by_role("link", name="the words of history")
        assert inventions.shelf.documents["history"] in str(await source.get_attribute("href"))
        await seen.is_sound("graph-picture")
        async with seen.page.expect_download() as download:
            await seen.page.get_by_role("button", name="PNG").click()
        assert (await (await download.value).path()).read_bytes().startswith(b"\x89PNG")


async def test_the_table_expands_finds_paths_and_is_kept_in_the_address(
    browser: Browser, office: Organisation, inventions: Atlas
) -> None:
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/graph?in={inventions.id}&find=Ada%20Lovelace&view=table")
        things = seen.page.get_by_role("table", name="Things").locator("tbody tr")
        await seen.page.get_by_role("button", name="Expand Ada Lovelace").click()
        await seen.page.get_by_role("button", name="Expand Analytical Engine").click()
        await expect(things).to_have_count(3)
        await seen.page.get_by_label("Path from").select_option(label="Ada Lovelace")
        await seen.page.get_by_label("Path to").select_option(label="Charles Babbage")
        await seen.page.get_by_role("button", name="Find the path").click()
        await seen.shows("Path: Ada Lovelace → Analytical Engine → Charles Babbage")
        await seen.is_sound("graph-table")
        async with seen.page.expect_download() as download:
            await seen.page.get_by_role("button", name="JSON").click()
        drawn = json.loads((await (await download.value).path()).read_bytes())
        assert {node["name"] for node in drawn["nodes"]} == {"Ada Lovelace", "Analytical Engine", "Charles Babbage"}
        await seen.page.get_by_role("checkbox", name="Person").uncheck()
        await expect(things.filter(has_text="Ada Lovelace")).to_have_count(0)


async def test_what_only_a_hidden_document_says_is_not_there(
    browser: Browser, office: Organisation, inventions: Atlas
) -> None:
    async with tab(browser, office.running.url, office.people["reader"].key) as seen:
        await seen.open(f"/console/graph?in={inventions.id}&find=Charles%20Babbage&view=table")
        await seen.shows("Nothing found that you can read.")
        await seen.open(f"/console/graph?document={inventions.shelf.documents['history']}&view=table")
        await expect(seen.page.get_by_role("table", name="Things").locator("tbody tr")).to_have_count(2)
        assert "Babbage" not in await seen.page.content()
