"""A real website is tried, crawled and watched in the console; what became of every address is found there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.console.browsing import Tab, tab
from tests.indexing.collections.shelving import COLLECTIONS, make
from tests.indexing.crawls.http.crawling import begin, crawl_path, save
from tests.indexing.crawls.walks.walking import Site, html
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.platform import Running, fresh, unique
from tests.world.website import Page as Answer
from tests.world.website import serving

pytestmark = pytest.mark.services

RINGS = [f"/ring/{year}" for year in range(15)]
ALDER = "Alders grow beside the water."


@pytest.fixture(scope="module")
async def site() -> AsyncIterator[Site]:
    """Pages of trees, one of which is not there, and one out of bounds."""
    async with serving(Site()) as made:
        made.pages |= {
            "/": html("/alder", "/birch", "/gone", "/private", text="The front page of the trees."),
            "/alder": html("/", text=ALDER),
            "/birch": html("/deeper", text="Birches are the first to come."),
            "/deeper": html(text="Under the birches."),
            "/grove": html("/alder", *RINGS, "/gone", "/private", text="Every tree has rings."),
            **{ring: html("/", text=f"The ring of {ring}.") for ring in RINGS},
            "/robots.txt": Answer(b"User-agent: *\nDisallow: /private"),
        }
        yield made


@pytest.fixture(scope="module")
async def running(site: Site) -> AsyncIterator[Running]:
    """A platform that may crawl that site, and no other of this machine."""
    async with fresh(allow_hosts=(site.url.removeprefix("http://"),), crawl_delay=0) as platform:
        yield platform


@pytest.fixture
def gate(site: Site) -> Iterator[asyncio.Event]:
    """Who asks for the birches or for what is gone waits until this is set, and who asks for a ring a while.

    A crawl waits ten seconds for each of them.
    """
    opened = asyncio.Event()

    async def a_while() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(opened.wait(), 4)

    site.gates |= {"/birch": opened.wait, "/gone": opened.wait, **dict.fromkeys(RINGS, a_while)}
    yield opened
    opened.set()
    site.gates.clear()


async def shelf(office: Organisation) -> dict[str, Any]:
    """A collection of the admin's, for one test."""
    return await make(office.client("admin"), name=unique("Trees"))


async def documents(office: Organisation, collection: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(await office.client("admin").get(f"{COLLECTIONS}/{collection['id']}/documents"))
    return found


def number(page: Page, name: str) -> Locator:
    """One of the numbers of a run."""
    return page.locator(".numbers div", has=page.locator("dt", has_text=re.compile(f"^{name}$"))).locator("dd")


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="What became of every address").locator("tbody tr")


def row(page: Page, address: str) -> Locator:
    """That of one address, not those it links to."""
    return rows(page).filter(has=page.get_by_role("link", name=address, exact=True))


async def fill_in(seen: Tab, address: str) -> None:
    await seen.page.get_by_label("Address", exact=True).fill(address)
    await seen.page.get_by_label("Pages at most").fill("20")
    await seen.page.get_by_label("Links away at most").fill("1")


async def test_a_site_is_tried_and_nothing_of_it_is_kept(browser: Browser, office: Organisation, site: Site) -> None:
    collection = await shelf(office)
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open(f"/console/collections/{collection['id']}")
        await page.get_by_role("link", name="Crawl a site").click()
        await expect(page.get_by_role("heading", level=1, name="Crawl a site")).to_be_visible()
        await expect(page.get_by_role("combobox", name="Into the collection")).to_have_value(collection["name"])
        await fill_in(seen, f"{site.url}/")
        await page.get_by_text("Patterns, sitemaps, size").click()
        await page.get_by_label("No addresses like").fill("*/alder*")
        await seen.is_sound("crawl-new")
        await page.get_by_role("button", name="See what would be fetched").click()
        await seen.shows("It came to its end within its limits.")
        await expect(number(page, "would be kept")).to_have_text("2")
        await expect(row(page, f"{site.url}/birch")).to_contain_text("would be kept")
        await expect(row(page, f"{site.url}/alder")).to_contain_text("another site, or left out")
        await expect(page.get_by_text("The form has been changed since")).to_have_count(0)
        await page.get_by_label("Pages at most").fill("21")
        await seen.shows("The form has been changed since")
        await seen.is_sound("crawl-tried")
        assert await documents(office, collection) == []
        await page.reload()
        await expect(page.get_by_label("Address", exact=True)).to_have_value(f"{site.url}/")
        await expect(row(page, f"{site.url}/birch")).to_be_visible()


async def test_a_crawl_is_watched_and_its_ledger_read(
    browser: Browser, office: Organisation, site: Site, gate: asyncio.Event
) -> None:
    collection = await shelf(office)
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page, addresses = seen.page, list[str]()
        page.on("request", lambda request: addresses.append(request.url))
        await seen.open(f"/console/crawls/new?collection={collection['id']}")
        await fill_in(seen, f"{site.url}/grove")
        await page.get_by_role("button", name="Begin", exact=True).click()
        await expect(page.get_by_role("heading", level=1, name=site.url)).to_be_visible()
        await expect(number(page, "kept")).to_have_text(re.compile("^[2-9]$"), timeout=30_000)
        await expect(page.locator(".running .badge", has_text="running")).to_be_visible()
        await expect(page.locator(".last")).to_contain_text(f"{site.url}/ring/", timeout=30_000)
        await expect(rows(page)).not_to_have_count(0)
        await seen.is_sound("crawl-live")
        await page.evaluate("window.stayed = true")
        gate.set()
        await expect(number(page, "kept")).to_have_text("17", timeout=60_000)
        await seen.shows("It came to its end within its limits.")
        await expect(row(page, site.url + RINGS[-1])).to_contain_text("kept")
        assert await page.evaluate("window.stayed")
        await _read_ledger(seen, f"{site.url}/alder")
        assert not [address for address in addresses if office.people["admin"].key in address]
    assert len(await documents(office, collection)) == 17


async def _read_ledger(seen: Tab, alder: str) -> None:
    """By verdict and reason, as a file, and on to a document."""
    page = seen.page
    await page.get_by_role("button", name=re.compile("^failed 1")).click()
    await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text("There is no such page; mend the link that leads there.")
    await expect(page).to_have_url(re.compile("verdict=failed"))
    await page.get_by_role("button", name=re.compile("^all ")).click()
    await page.get_by_label("Reason", exact=True).select_option("robots")
    await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text("/private")
    await seen.is_sound("crawl-ledger")
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="CSV").click()
    path = await (await coming.value).path()
    written = await asyncio.to_thread(Path(path).read_text, "utf-8")
    assert "/private" in written
    assert alder not in written.split(",")
    await page.get_by_label("Reason", exact=True).select_option("")
    await row(page, alder).get_by_role("link", name="Open the document").click()
    await expect(page.locator(".source")).to_contain_text(ALDER, timeout=90_000)  # once it is taken in


async def test_a_crawl_is_cancelled_and_begun_again(
    browser: Browser, office: Organisation, site: Site, gate: asyncio.Event
) -> None:
    collection = await shelf(office)
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open(f"/console/collections/{collection['id']}")  # first: what begins then does not wait for long
        run = await begin(office.client("admin"), collection["id"], seed_url=f"{site.url}/", max_pages=7)
        await seen.open(f"/console/crawls/{run['id']}?collection={collection['id']}")
        await expect(number(page, "kept")).to_have_text("2", timeout=30_000)
        await page.get_by_role("button", name="Cancel", exact=True).click()
        await seen.shows("It was cancelled; what it has taken in stays.")
        await expect(page.get_by_role("button", name=re.compile("^Cancel"))).to_have_count(0)
        await seen.is_sound("crawl-cancelled")
        await page.get_by_role("link", name="Begin again").click()
        await expect(page.get_by_label("Address", exact=True)).to_have_value(f"{site.url}/")
        await expect(page.get_by_label("Pages at most")).to_have_value("7")
        await page.get_by_label("Pages at most").fill("1")
        gate.set()
        await page.get_by_role("button", name="Begin", exact=True).click()
        await seen.shows("It stopped at its limit of 1 page.")


async def test_what_failed_is_asked_for_again_and_nothing_else(
    browser: Browser, office: Organisation, site: Site
) -> None:
    collection = await shelf(office)
    run = await begin(office.client("admin"), collection["id"], seed_url=f"{site.url}/")
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/crawls/{run['id']}?collection={collection['id']}")
        await expect(number(seen.page, "kept")).to_have_text("4", timeout=60_000)
        await seen.page.get_by_role("button", name="Ask again for what failed").click()
        await seen.shows("begun what had failed, again")
        await expect(row(seen.page, f"{site.url}/gone")).to_contain_text("failed", timeout=60_000)
        await expect(rows(seen.page)).to_have_count(1)


async def test_an_address_that_may_not_be_called_is_refused_at_its_field(
    browser: Browser, office: Organisation
) -> None:
    collection = await shelf(office)
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/crawls/new?collection={collection['id']}")
        await fill_in(seen, "http://169.254.169.254/")
        await seen.page.get_by_role("button", name="Begin", exact=True).click()
        await expect(seen.page.get_by_label("Address", exact=True)).to_have_attribute("aria-invalid", "true")
        await expect(seen.page.locator(".complaint")).to_be_visible()
        await expect(seen.page.get_by_role("heading", level=1, name="Crawl a site")).to_be_visible()


async def test_a_crawl_is_saved_with_a_secret_that_is_shown_once(
    browser: Browser, office: Organisation, site: Site
) -> None:
    collection = await shelf(office)
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open(f"/console/crawls/new?collection={collection['id']}")
        await fill_in(seen, f"{site.url}/")
        await page.get_by_label("Again and again").check()
        await expect(page.get_by_label("Name", exact=True)).to_have_value(site.url.removeprefix("http://"))
        await page.get_by_label("Name", exact=True).fill("Trees")
        await page.get_by_label("When it runs").select_option("weekly")
        await page.get_by_label("On", exact=True).select_option("friday")
        await page.get_by_label("Times are those of").fill("Europe/Amsterdam")
        await page.get_by_label("A signed call from outside").check()
        await page.get_by_text("Patterns, sitemaps, size").click()
        await page.get_by_label("Only these").check()
        await page.get_by_label("Let read").select_option("everyone")
        await page.get_by_role("button", name="Add everyone").click()
        await seen.is_sound("crawl-save")
        await page.get_by_role("button", name="Save it").click()
        secret = await page.get_by_label("The secret", exact=True).inner_text()
        assert secret.startswith("cws_")
        await seen.is_sound("crawl-secret")
        await page.get_by_role("link", name="I have it").click()
        await expect(page.get_by_role("heading", level=1, name="Trees")).to_be_visible()
        assert secret not in await page.content()
        await seen.shows("every Friday at 03:00 (Europe/Amsterdam)")
        await seen.shows("Nobody has called yet.")
        [kept] = data(await office.client("admin").get(f"{COLLECTIONS}/{collection['id']}/crawls"))
        assert (kept["acl"]["inherit"], kept["acl"]["aces"][0]["principal_type"]) == (False, "everyone")
        await _run_it(seen)


async def _run_it(seen: Tab) -> None:
    page = seen.page
    await page.get_by_role("button", name="Run now").click()
    await seen.shows("It came to its end within its limits.")
    await page.get_by_role("link", name="the saved crawl").click()
    await expect(page.get_by_role("table", name="Runs of this crawl").locator("tbody tr")).to_contain_text("completed")
    await seen.is_sound("crawl-saved")


async def test_who_saves_second_has_both_changes_and_takes_the_schedule_away(
    browser: Browser, office: Organisation, site: Site
) -> None:
    admin, collection = office.client("admin"), await shelf(office)
    schedule = {"type": "daily", "time": "03:30"}
    one = await save(admin, collection["id"], name="Nightly", seed_url=f"{site.url}/", schedule=schedule)
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open(f"/console/crawls/{one['id']}")
        await seen.shows("every day at 03:30 (UTC)")
        await page.get_by_text("Change it:").click()
        await page.get_by_label("When it runs").select_option("never")
        data(await admin.patch(crawl_path(one), json={"max_pages": 33}))
        await page.get_by_role("button", name="Save", exact=True).click()
        await seen.shows("Somebody saved it meanwhile.")
        await expect(page.get_by_label("Pages at most")).to_have_value("33")
        await seen.is_sound("crawl-edit")
        await page.get_by_role("button", name="Save", exact=True).click()
        await seen.shows("only when it is started")
        kept = data(await admin.get(crawl_path(one)))
        assert (kept["schedule"], kept["max_pages"]) == (None, 33)
        await page.get_by_role("button", name="Delete…").click()
        dialog = page.get_by_role("dialog", name="Delete Nightly?")
        await dialog.get_by_role("textbox").fill("Nightly")
        await dialog.get_by_role("button", name="Delete the crawl").click()
        await expect(page.get_by_role("tab", name="Saved crawls")).to_have_attribute("aria-selected", "true")
    assert (await admin.get(crawl_path(one))).status_code == 404


async def test_runs_and_saved_crawls_are_listed_together_and_by_collection(
    browser: Browser, office: Organisation, site: Site, gate: asyncio.Event
) -> None:
    admin, first, other = office.client("admin"), await shelf(office), await shelf(office)
    await save(admin, first["id"], name="Weekly trees", seed_url=f"{site.url}/")
    await begin(admin, first["id"], seed_url=f"{site.url}/")
    await begin(admin, other["id"], seed_url=f"{site.url}/alder", max_depth=0)
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open("/console")
        await page.get_by_role("link", name="Crawls", exact=True).click()
        table = page.get_by_role("table", name="Runs")
        await expect(table.locator("tbody tr").filter(has_text=first["name"])).to_contain_text("running")
        await expect(table.locator("tbody tr").filter(has_text=other["name"])).to_contain_text(
            "completed", timeout=30_000
        )
        await seen.is_sound("crawls")
        gate.set()
        await expect(table.locator("tbody tr").filter(has_text=first["name"])).to_contain_text(
            "completed", timeout=30_000
        )
        await page.get_by_role("combobox", name="Collection").fill(other["name"])
        await page.get_by_role("option", name=other["name"]).click()
        await expect(table.locator("tbody tr")).to_have_count(1)
        await page.get_by_label("State", exact=True).select_option("failed")
        await seen.shows("No run is in that state.")
        await page.get_by_role("tab", name="Saved crawls").click()
        await seen.shows("No crawl is saved yet.")
        await page.get_by_role("combobox", name="Collection").fill("")
        await expect(page.get_by_role("table", name="Saved crawls")).to_contain_text("Weekly trees")
        await page.keyboard.press("Escape")
        await seen.is_sound("crawls-saved")


async def test_what_is_not_shared_is_as_if_it_were_not_there(
    browser: Browser, office: Organisation, site: Site
) -> None:
    admin, collection = office.client("admin"), await shelf(office)
    one = await save(admin, collection["id"], seed_url=f"{site.url}/")
    run = await begin(admin, collection["id"], seed_url=f"{site.url}/")
    async with tab(browser, office.running.url, office.people["viewer"].key) as seen:
        pages = []
        mine, nobodys = f"{run['id']}?collection={collection['id']}", "job_01ABSENT?collection=col_01ABSENT"
        for path in (one["id"], "crw_01ABSENT", mine, nobodys):
            await seen.open(f"/console/crawls/{path}")
            await seen.shows("Not found, or not shared with you.")
            pages.append(await seen.page.locator("#main").inner_text())
        assert pages[0] == pages[1]
        assert pages[2] == pages[3]
        await seen.open("/console/crawls/new")
        await seen.shows("Not found, or not shared with you.")
        await seen.open("/console/crawls")
        await seen.shows("Nothing was crawled yet.")
        await expect(seen.page.get_by_role("link", name="Crawl a site")).to_have_count(0)
