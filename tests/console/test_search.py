"""A search says what each score is made of, and what somebody else would be shown of it."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from acl.facts import Effect, PrincipalType
from tests.console.browsing import tab
from tests.world.evaluating import SETS, eval_set
from tests.world.models import data
from tests.world.passages import Written, written
from tests.world.people import Organisation

pytestmark = pytest.mark.services


@pytest.fixture
async def there(office: Organisation) -> Written:
    """The viewer may not read one of two documents."""
    made = await written(office, {"tide": ["the harbour tide"], "secret": ["the secret of the harbour"]})
    await made.enter(Effect.DENY, (PrincipalType.USER, office.people["viewer"].id), ["secret"])
    return made


async def test_a_search_says_why_and_what_somebody_else_is_not_shown(
    browser: Browser, office: Organisation, there: Written
) -> None:
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/search?collection={there.id}")
        await seen.page.get_by_label("Question").fill("harbour tide")
        await seen.page.get_by_label("Compare by").select_option("keyword")
        search, hits = seen.page.get_by_role("button", name="Search", exact=True), seen.page.locator(".hit")
        await search.click()
        await expect(hits).to_have_count(2)
        await expect(hits.first.locator(".why")).to_have_text(re.compile(r"^words [01]\.\d\d$"))
        took = re.compile(r"^\d+ ms on the server: who may read what \d+ · words \d+ · passages \d+ · the rest \d+$")
        await expect(seen.page.locator(".took")).to_have_text(took)
        await seen.page.get_by_role("combobox", name="As").fill("view")
        await seen.page.get_by_role("option", name="Viewer").click()
        await search.click()
        await expect(hits).to_have_count(1)
        await expect(seen.page.locator(".facts")).to_contain_text("as Viewer")
        await seen.page.get_by_text("Not shown to Viewer: 1 document").click()
        why = seen.page.get_by_role("link", name="Why Viewer may not read the words of secret")
        await expect(why).to_be_visible()
        await seen.is_sound("search-as")
        await why.click()
        await expect(seen.page.locator(".verdict")).to_contain_text("No.")


async def test_all_that_one_manages_is_searched_as_somebody_else_at_once(
    browser: Browser, office: Organisation, there: Written
) -> None:
    beside = await written(office, {"quay": ["harbour tide of the quay"]})
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open("/console/search")
        await seen.page.get_by_label("Question").fill("harbour tide")
        await seen.page.get_by_label("Compare by").select_option("keyword")
        await seen.page.get_by_role("combobox", name="As").fill("view")
        await seen.page.get_by_role("option", name="Viewer").click()
        await seen.page.get_by_role("button", name="Search", exact=True).click()
        await expect(seen.page.locator(".hit", has_text="of the quay")).to_have_count(1)
        await expect(seen.page.locator(".facts")).to_contain_text("as Viewer")
        await expect(seen.page.get_by_text("Not shown to Viewer:")).to_be_visible()
    admin = office.client("admin")
    trail = (await admin.get("/v1/audit-log", params={"action": "collection.searched_as"})).json()["data"]["items"]
    assert {there.id, beside.id} <= {entry["target_id"] for entry in trail}


async def test_what_scores_less_is_said_to_be_there(browser: Browser, office: Organisation, there: Written) -> None:
    async with tab(browser, office.running.url, office.people["viewer"].key) as seen:
        await seen.open(f"/console/search?collection={there.id}")
        await expect(seen.page.get_by_role("combobox", name="As")).to_have_count(0)
        await seen.page.get_by_label("Compare by").select_option("keyword")
        await seen.page.get_by_label("Lowest score").fill("0.9")
        await seen.page.get_by_label("Question").fill("harbour zeppelin")
        await seen.page.get_by_role("button", name="Search", exact=True).click()
        await seen.page.get_by_text("Below 0.90: 1 passage more").click()
        await expect(seen.page.locator(".below .hit")).to_have_count(1)


async def test_what_was_found_is_a_case_of_a_set(browser: Browser, office: Organisation, there: Written) -> None:
    admin = office.client("admin")
    kept = await eval_set(admin)
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/search?collection={there.id}")
        await seen.page.get_by_label("Compare by").select_option("keyword")
        await seen.page.get_by_label("Question").fill("harbour")
        await seen.page.get_by_role("button", name="Search", exact=True).click()
        await seen.page.get_by_role("button", name="Save as a case").click()
        await seen.page.get_by_role("button", name=kept["name"]).click()
        case = seen.page.get_by_role("dialog")
        await expect(case.get_by_label("Question")).to_have_value("harbour")
        await seen.is_sound("search-save-case")
        await case.get_by_role("button", name="Add the case").click()
        await seen.shows(f"It is a case of {kept['name']} now.")
    (saved,) = data(await admin.get(f"{SETS}/{kept['id']}/cases"))
    assert saved["question"] == "harbour"
    assert {right["document_id"] for right in saved["expected"]} == set(there.shelf.documents.values())
