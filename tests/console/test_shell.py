"""Coming in, finding one's way by mouse and by keys, and going out."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.console.browsing import PHONE, tab
from tests.world.people import Organisation

pytestmark = pytest.mark.services


async def test_a_key_opens_the_page_that_was_asked_for_and_stays_out_of_the_address(
    browser: Browser, office: Organisation
) -> None:
    key = office.people["admin"].key
    async with tab(browser, office.running.url) as seen:
        await seen.open("/console?tab=here")
        await seen.is_sound("sign-in")
        await seen.page.get_by_label("API key").fill("sgk_" + "0" * 40)
        await seen.page.get_by_role("button", name="Sign in").click()
        await seen.shows("That key does not open this server.")
        await seen.page.get_by_label("API key").fill(key)
        await seen.page.get_by_role("button", name="Sign in").click()
        await expect(seen.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
        assert seen.page.url == f"{office.running.url}/console?tab=here"
        assert key not in await seen.page.content()
        assert await seen.page.evaluate("JSON.stringify(localStorage)") == "{}"
        await seen.page.locator(".you summary").click()
        await seen.page.get_by_role("button", name="Sign out").click()
        await expect(seen.page.get_by_role("heading", name="Sign in to ScaiGrid")).to_be_visible()
        assert await seen.page.evaluate("sessionStorage.length") == 0


async def test_a_credential_that_ended_leads_back_to_the_door_and_then_to_the_same_page(
    browser: Browser, office: Organisation
) -> None:
    async with tab(browser, office.running.url, "sgk_" + "1" * 40) as seen:
        await seen.page.goto(f"{office.running.url}/console#here")
        await seen.page.get_by_label("API key").fill(office.people["viewer"].key)
        await seen.page.get_by_role("button", name="Sign in").click()
        await expect(seen.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
        assert seen.page.url.endswith("/console#here")


async def test_keys_lead_about_and_the_page_gets_the_focus(browser: Browser, office: Organisation) -> None:
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open("/console/nowhere")
        await seen.shows("Not found, or not shared with you.")
        await seen.page.keyboard.press("g")
        await seen.page.keyboard.press("h")
        await expect(seen.page.get_by_role("heading", level=1, name="Home")).to_be_focused()
        assert await seen.page.title() == "Home · ScaiGrid"
        await seen.page.keyboard.press("/")
        await expect(seen.page.get_by_role("searchbox")).to_be_focused()
        await seen.page.keyboard.press("Escape")
        await seen.page.keyboard.press("?")
        await expect(seen.page.get_by_role("dialog", name="Keys")).to_be_visible()
        await seen.is_sound("keys")
        await seen.page.keyboard.press("Escape")
        await expect(seen.page.get_by_role("dialog")).to_have_count(0)


async def test_navigation_folds_on_a_phone(browser: Browser, office: Organisation) -> None:
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        await seen.open("/console")
        await expect(seen.page.get_by_role("link", name="Home", exact=True)).to_be_hidden()
        await seen.page.get_by_role("button", name="Navigation").click()
        await seen.page.get_by_role("link", name="Home", exact=True).click()
        await expect(seen.page.get_by_role("button", name="Navigation")).to_have_attribute("aria-expanded", "false")
