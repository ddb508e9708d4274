"""Who administers the platform acts in another tenant, sees what it has, and comes back."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.console.browsing import tab
from tests.indexing.collections.shelving import make
from tests.world.models import data
from tests.world.people import Organisation
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


async def test_nobody_else_is_offered_another_tenant(browser: Browser, office: Organisation) -> None:
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open("/console")
        await seen.page.locator(".you summary").click()
        await expect(seen.page.get_by_role("button", name="Sign out")).to_be_visible()
        await expect(seen.page.get_by_role("combobox", name="Tenant")).to_have_count(0)
