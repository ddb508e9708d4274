"""Asking why somebody may not, trying what would turn it, doing it, and asking again."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from acl.facts import DefaultAccess, Effect, PrincipalType
from tests.console.browsing import tab
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, group, shelf

pytestmark = pytest.mark.services


@pytest.fixture
async def salaries(office: Organisation) -> Shelf:
    """A document that interns may not read; the reader is one through a group."""
    if "reader" not in office.people:
        await office.person("reader", "tenant_user", permissions=["scaimatrix:view"])
    made = await shelf(office, "salaries", default_access=DefaultAccess.TENANT)
    interns = await group(office, "interns")
    await group(office, "summer", "reader", inside=[interns])
    await enter(office, made.documents["salaries"], Effect.DENY, (PrincipalType.GROUP, interns))
    return made


async def test_a_no_says_why_and_its_remedy_is_tried_before_it_is_done(
    browser: Browser, office: Organisation, salaries: Shelf
) -> None:
    document, reader = salaries.documents["salaries"], office.people["reader"].id
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/access?on={document}&tab=explain&who={reader}&do=READ")
        verdict = seen.page.locator(".verdict")
        await expect(verdict).to_contain_text("No.")
        await expect(seen.page.locator(".rules .decided")).to_contain_text("deny interns")
        await seen.shows("summer → interns")
        await expect(seen.page.get_by_role("combobox", name="Can")).to_have_value("Reader")
        await seen.is_sound("access-explain")
        remedy = seen.page.locator(".remedies > li", has=seen.page.get_by_role("button")).first
        await remedy.get_by_role("button", name="See who gains and loses").click()
        dialog = seen.page.get_by_role("dialog", name="Try this remedy")
        await expect(dialog).to_contain_text("1 person gains")
        await seen.is_sound("access-rehearsal")
        await expect(verdict).to_contain_text("No.")
        await dialog.get_by_role("button", name="Do it").click()
        await expect(verdict).to_contain_text("Yes.")


async def test_entries_are_given_and_taken_and_who_can_see_it_is_told(
    browser: Browser, office: Organisation, salaries: Shelf
) -> None:
    document = salaries.documents["salaries"]
    await enter(office, salaries.id, Effect.ALLOW, (PrincipalType.EVERYONE, None))
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/access?on={document}")
        rows = seen.page.get_by_role("table").locator("tbody tr")
        await expect(rows).to_have_count(2)
        await expect(rows.nth(0)).to_contain_text("interns")
        await expect(rows.nth(1)).to_contain_text("its collection")
        await seen.is_sound("access-entries")
        await seen.page.get_by_role("button", name="Remove the entry for interns").click()
        dialog = seen.page.get_by_role("dialog", name="Remove the entry for interns")
        await expect(dialog).to_contain_text("1 person gains")
        await dialog.get_by_role("button", name="Remove the entry").click()
        await expect(rows).to_have_count(1)
        await seen.page.get_by_role("button", name="Allow or deny").click()
        await seen.page.get_by_label("Effect").select_option("deny")
        await seen.page.get_by_role("combobox", name="Person").fill("view")
        await seen.page.get_by_role("listbox").get_by_role("option", name="Viewer").click()
        await seen.page.get_by_role("button", name="See who gains and loses").click()
        await expect(seen.page.get_by_role("dialog", name="Deny Viewer")).to_contain_text("1 person loses")
        await seen.page.get_by_role("dialog").get_by_role("button", name="Deny").click()
        await expect(rows.nth(0)).to_contain_text("Viewer")
        await seen.page.get_by_role("tab", name="Who can?").click()
        await expect(seen.page.get_by_text("3 people may")).to_be_visible()
        assert "tab=who" in seen.page.url
        await seen.is_sound("access-who")


async def test_what_is_hidden_looks_as_if_it_were_not_there(
    browser: Browser, office: Organisation, salaries: Shelf
) -> None:
    async with tab(browser, office.running.url, office.people["reader"].key) as seen:
        for document in (salaries.documents["salaries"], "doc_0123456789"):
            await seen.open(f"/console/access?on={document}&tab=explain")
            await seen.shows("Not found, or not shared with you.")
