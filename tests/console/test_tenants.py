"""Who administers the platform acts in another tenant, sees what it has, and comes back."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.console.browsing import tab
from tests.indexing.collections.shelving import make
from tests.world.models import data
from tests.world.people import Organisation, organisation
from tests.world.personas import persona
from tests.world.platform import unique

pytestmark = pytest.mark.services


async def test_a_super_admin_acts_in_a_tenant_and_comes_back(browser: Browser, office: Organisation) -> None:
    theirs = await make(office.client("admin"), name=unique("Plans"))
    async with tab(browser, office.running.url, office.running.root_key) as seen:
        page = seen.page
        await seen.open("/console")
        await page.locator(".you summary").click()
        await page.get_by_role("combobox", name="Tenant").fill(office.slug)
        await page.get_by_role("option", name=office.slug).click()
        await expect(page.locator(".you .tenant")).to_have_text(f"acting in {office.slug}")
        navigation = page.get_by_role("navigation", name="Main")
        await expect(navigation.get_by_role("link", name="Chat")).to_have_count(0)
        await navigation.get_by_role("link", name="Collections").click()
        await page.get_by_role("link", name=theirs["name"]).click()
        await expect(page.get_by_role("heading", level=1, name=theirs["name"])).to_be_visible()
        made = unique("Made")
        await seen.open("/console/collections")
        await page.get_by_role("button", name="New collection").first.click()
        await page.get_by_label("Name", exact=True).fill(made)
        await expect(page.get_by_label("Embedding model")).not_to_have_value("")
        await page.get_by_role("button", name="Make it").click()
        await expect(page.get_by_role("heading", level=1, name=made)).to_be_visible()
        listed = data(await office.client("admin").get("/v1/modules/scaimatrix/collections"))
        assert made in {one["name"] for one in listed}
        await page.locator(".you summary").click()
        await seen.is_sound("tenant-acting")
        await page.get_by_role("button", name="Back to your own tenant").click()
        await expect(page.locator(".you .tenant")).to_have_text("system")
        await navigation.get_by_role("link", name="Collections").click()
        await expect(page.get_by_role("heading", level=1, name="Collections")).to_be_visible()
        await expect(page.get_by_role("link", name=theirs["name"])).to_have_count(0)


async def test_a_partner_admin_acts_in_the_partners_tenants_alone(browser: Browser, office: Organisation) -> None:
    sister, stranger = (
        await organisation(office.running, partner_id=office.partner_id),
        await organisation(office.running),
    )
    boss, admin = await office.person("boss", "partner_admin"), sister.client("admin")
    helper, theirs = await persona(admin), await make(admin, name=unique("Plans"), default_access="tenant")
    async with tab(browser, office.running.url, boss.key) as seen:
        page = seen.page
        await seen.open("/console")
        await page.locator(".you summary").click()
        choice = page.get_by_role("combobox", name="Tenant")
        offered = page.get_by_role("listbox", name="Tenant").get_by_role("option")
        await choice.click()
        await expect(offered).to_have_count(2)
        assert {office.slug, sister.slug} == {(await one.inner_text()).split()[0] for one in await offered.all()}
        await choice.fill(stranger.slug)
        await expect(offered).to_have_count(0)
        await choice.fill(sister.slug)
        await page.get_by_role("option", name=sister.slug).click()
        await expect(page.locator(".you .tenant")).to_have_text(f"acting in {sister.slug}")
        await seen.is_sound("tenant-of-a-partner")
        await page.get_by_role("navigation", name="Main").get_by_role("link", name="Personas").click()
        await expect(page.get_by_role("link", name=helper["name"])).to_be_visible()
        for read in ("Collections", "Search lab", "Graph", "Access"):  # no list speaks of another tenant's people
            await expect(page.get_by_role("navigation", name="Main").get_by_role("link", name=read)).to_have_count(0)
        await seen.open("/console/collections")
        await seen.shows("No collection is shared with you yet.")
        await expect(page.get_by_role("link", name=theirs["name"])).to_have_count(0)
        await page.locator(".you summary").click()
        await page.get_by_role("button", name="Back to your own tenant").click()
        await expect(page.locator(".you .tenant")).to_have_text(office.slug)
    for made in (sister, stranger):
        await made.aclose()


async def test_nobody_else_is_offered_another_tenant(browser: Browser, office: Organisation) -> None:
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open("/console")
        await seen.page.locator(".you summary").click()
        await expect(seen.page.get_by_role("button", name="Sign out")).to_be_visible()
        await expect(seen.page.get_by_role("combobox", name="Tenant")).to_have_count(0)
