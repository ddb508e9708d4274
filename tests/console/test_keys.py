"""A key is made for what it is for, shown once, used, and revoked for good."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.async_api import Browser, expect

from tests.console.browsing import Tab, tab
from tests.world.people import Organisation

pytestmark = pytest.mark.services


async def _make(seen: Tab, last: date) -> str:
    """Make a key that may list models until the end of a day; what it is."""
    await seen.page.get_by_role("button", name="New key").click()
    dialog = seen.page.get_by_role("dialog", name="New API key")
    make = dialog.get_by_role("button", name="Make the key")
    await dialog.get_by_label("Name").fill("Nightly sync")
    await expect(make).to_be_disabled()
    await dialog.get_by_label("list models").check()
    await dialog.get_by_label("Last day (UTC)").fill(last.isoformat())
    await seen.is_sound("keys-new")
    await make.click()
    return await seen.page.get_by_label("The key", exact=True).inner_text()


async def _statuses(office: Organisation, key: str) -> list[int]:
    async with office.running.client(key) as program:
        return [(await program.get(path)).status_code for path in ("/v1/models", "/v1/users")]


async def test_a_key_is_made_for_what_it_is_for_and_shown_once(browser: Browser, office: Organisation) -> None:
    last = datetime.now(UTC).date() + timedelta(days=30)  # noqa: TID251 - the server's own time
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open("/console/settings/keys")
        key = await _make(seen, last)
        await seen.is_sound("keys-once")
        assert await _statuses(office, key) == [200, 403]
        answer = await office.client("admin").get("/v1/api-keys")
        [made] = [one for one in answer.json()["data"] if one["name"] == "Nightly sync"]
        assert made["scopes"] == ["models:list"]
        assert made["expires_at"].startswith(f"{last + timedelta(days=1)}T00:00:00")
        await seen.page.get_by_role("button", name="I have it").click()
        assert key not in await seen.page.content()
        await seen.open("/console/settings/keys")
        row = seen.page.get_by_role("table").locator("tbody tr", has_text="Nightly sync")
        await expect(row).to_contain_text("list models")
        await expect(row.locator('[data-name="Last used"]')).not_to_have_text("never")
        await expect(row.locator('[data-name="Expires"]')).to_have_text(re.compile(r"^(in|next) "))
        assert key not in await seen.page.content()
        await seen.is_sound("keys")


async def test_a_key_is_revoked_by_its_name_and_refused_at_once(browser: Browser, office: Organisation) -> None:
    made = await office.client("admin").post("/v1/api-keys", json={"name": "Old sync", "scopes": ["models:list"]})
    key = made.json()["data"]["key"]
    assert await _statuses(office, key) == [200, 403]
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open("/console/settings/keys")
        row = seen.page.get_by_role("table").locator("tbody tr", has_text="Old sync")
        await row.get_by_role("button", name="Revoke Old sync").click()
        dialog = seen.page.get_by_role("dialog", name="Revoke Old sync")
        revoke = dialog.get_by_role("button", name="Revoke the key")
        await dialog.get_by_role("textbox").fill("old sync")
        await expect(revoke).to_be_disabled()
        await seen.is_sound("keys-revoke")
        await dialog.get_by_role("textbox").fill("Old sync")
        await revoke.click()
        await expect(row).to_have_count(0)
    assert await _statuses(office, key) == [401, 401]


async def test_one_sees_ones_own_keys_and_which_one_is_in_use(browser: Browser, office: Organisation) -> None:
    async with tab(browser, office.running.url, office.people["user"].key) as seen:
        await seen.open("/console/settings/keys")
        rows = seen.page.get_by_role("table").locator("tbody tr")
        await expect(rows).to_have_count(1)
        await expect(rows.first).to_contain_text("you are signed in with it")
        await expect(seen.page.get_by_role("columnheader", name="Owner")).to_have_count(0)
        await seen.page.get_by_role("button", name="New key").click()
        dialog = seen.page.get_by_role("dialog")
        await expect(dialog.get_by_label("call models")).to_be_visible()
        await expect(dialog.get_by_label("manage people")).to_have_count(0)


async def test_revoking_the_key_one_is_signed_in_with_signs_out(browser: Browser, office: Organisation) -> None:
    leaver = await office.person("leaver", "tenant_user")
    async with tab(browser, office.running.url, leaver.key) as seen:
        await seen.open("/console/settings/keys")
        await seen.page.get_by_role("button", name="Revoke test").click()
        dialog = seen.page.get_by_role("dialog", name="Revoke test")
        await expect(dialog).to_contain_text("you will be signed out")
        await dialog.get_by_role("textbox").fill("test")
        await dialog.get_by_role("button", name="Revoke the key").click()
        await expect(seen.page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_who_may_not_have_keys_finds_nothing_here(browser: Browser, office: Organisation) -> None:
    async with tab(browser, office.running.url, office.people["viewer"].key) as seen:
        await seen.open("/console/settings/keys")
        await seen.shows("Not found, or not shared with you.")
        await expect(seen.page.get_by_role("link", name="API keys")).to_have_count(0)
