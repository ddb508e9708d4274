"""Making an assistant in the console, trying it before a change is saved, publishing it, and two who save at once."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.console.browsing import tab
from tests.world.evaluating import eval_set
from tests.world.models import data
from tests.world.passages import written
from tests.world.people import Organisation
from tests.world.personas import at, persona, reads
from tests.world.platform import unique

pytestmark = pytest.mark.services

PAID = "Refunds are paid within five working days."
LEDGER = "The refunds ledger is kept by the harbour master."
ASKED = "Who keeps the refunds ledger?"


async def test_from_nothing_to_a_published_assistant(browser: Browser, office: Organisation) -> None:
    shelf = await written(office, {"policy": [PAID], "ledger": [LEDGER]})
    collection = data(await office.client("admin").get(f"/v1/modules/scaimatrix/collections/{shelf.id}"))
    name = unique("Desk")
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open("/console/personas")
        await page.get_by_role("button", name="New persona").first.click()
        await page.get_by_role("dialog").get_by_label("Name").fill(name)
        await page.get_by_role("combobox", name="Model behind it").fill("local/quote")
        await page.locator(".combobox li:visible").first.click()
        await page.get_by_role("button", name="Make", exact=True).click()
        await expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()

        await page.get_by_role("combobox", name="Attach a collection").fill(collection["name"])
        await page.locator(".combobox li:visible").first.click()
        await page.get_by_role("button", name="Attach", exact=True).click()
        await expect(page.get_by_label(f"Weight of {collection['name']}")).to_have_value("1")

        await page.get_by_label("Search", exact=True).select_option("keyword")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
        await page.get_by_label("Passages at most").fill("1")
        await page.get_by_label("Question", exact=True).fill(ASKED)
        await page.get_by_role("button", name="Try before and after").click()
        await expect(page.get_by_role("heading", name="As it is saved 2")).to_be_visible()
        await expect(page.get_by_role("heading", name="With your change 1")).to_be_visible()
        await expect(page.locator(".passages").last).to_contain_text(LEDGER)
    await _check_and_publish(browser, office, name)


async def _check_and_publish(browser: Browser, office: Organisation, name: str) -> None:
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open("/console/personas")
        await page.get_by_role("link", name=name).click()
        await seen.is_sound("persona")
        await page.get_by_role("tab", name="Check it").click()
        await expect(page.locator(".checks")).to_contain_text("It is not published.")
        await expect(page.locator(".checks .badge.good").first).to_be_visible()
        await seen.is_sound("persona-checks")

        await page.get_by_role("tab", name="Publish").click()
        await page.get_by_role("button", name="Publish", exact=True).click()
        await expect(page.locator(".model-name")).to_have_text(f"tenant/{office.slug}/{name.lower()}")
        await seen.open("/console/personas")
        await expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("published")
        await seen.is_sound("personas")


async def test_who_saves_second_sees_what_the_first_saved(browser: Browser, office: Organisation) -> None:
    admin = office.client("admin")
    one = await persona(admin, name=unique("Twice"))
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open(f"/console/personas/{one['id']}")
        await page.get_by_label("Description").fill("Mine")
        theirs = {"description": "Theirs", "system_prompt": "Be brief."}
        data(await admin.patch(at(one), json=theirs))
        await page.get_by_role("button", name="Save", exact=True).click()
        dialog = page.get_by_role("dialog", name="Somebody saved it meanwhile")
        await expect(dialog.get_by_role("row").filter(has_text="Description")).to_contain_text("Theirs")
        await dialog.get_by_role("button", name="Keep mine").click()
        await expect(page.get_by_label("Instructions")).to_have_value("Be brief.")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
        kept = data(await admin.get(at(one)))
        assert (kept["description"], kept["system_prompt"]) == ("Mine", "Be brief.")


async def test_a_gate_says_what_it_refuses(browser: Browser, office: Organisation) -> None:
    admin = office.client("admin")
    one = await persona(admin, name=unique("Gated"))
    made = data(await admin.post("/v1/evals/sets", json={"name": unique("cases")}), 201)
    data(await admin.put(at(one, "gate"), json={"set_id": made["id"], "floors": {"recall@5": 0.9}}))
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/personas/{one['id']}?tab=publish")
        await seen.page.get_by_role("button", name="Publish", exact=True).click()
        await expect(seen.page.locator(".bench .trouble")).to_contain_text("EVALUATION_GATE_FAILED")
        await expect(seen.page.locator(".model-name")).to_have_count(0)


async def test_who_may_only_look_changes_nothing_and_hidden_is_absent(browser: Browser, office: Organisation) -> None:
    one = await persona(office.client("admin"), name=unique("Seen"))
    await reads(office.client("admin"), one, (await written(office, {"policy": [PAID]})).id, source_name="Shelf")
    async with tab(browser, office.running.url, office.people["viewer"].key) as seen:
        await seen.open(f"/console/personas/{one['id']}")
        await expect(seen.page.get_by_label("Instructions")).to_be_disabled()
        await expect(seen.page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
        await expect(seen.page.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
        await seen.is_sound("persona-viewer")
        await seen.open("/console/personas/per_00000000000000000000000000")
        await seen.shows("Not found, or not shared with you.")


async def test_what_it_must_reach_is_set_changed_and_taken_away(browser: Browser, office: Organisation) -> None:
    admin = office.client("admin")
    one, questions = await persona(admin, name=unique("Gated")), await eval_set(admin, name=unique("Questions"))
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open(f"/console/personas/{one['id']}?tab=gate")
        await seen.shows("Nothing is asked of it before it is published.")
        await page.get_by_role("combobox", name="Questions").fill(questions["name"])
        await page.get_by_role("option", name=questions["name"]).click()
        await page.get_by_role("button", name="Ask for one more").click()
        save = page.get_by_role("button", name="Set the gate")
        await expect(save).to_be_disabled()
        await page.get_by_label("Number 1", exact=True).fill("recall@5")
        await page.get_by_label("Limit of number 1").fill("0.75")
        await save.click()
        await seen.shows("only as a run of these questions")
        kept = data(await admin.get(at(one, "gate")))
        assert (kept["set_id"], kept["floors"], kept["ceilings"]) == (questions["id"], {"recall@5": 0.75}, {})
        await seen.is_sound("persona-gate")
        data(await admin.put(at(one, "gate"), json={"set_id": questions["id"], "floors": {"recall@5": 0.5}}))
        await page.get_by_label("How number 1 is limited").select_option("most")
        await page.get_by_role("button", name="Save the gate").click()
        await page.get_by_role("button", name="Show it as it is now").click()
        await expect(page.get_by_label("Limit of number 1")).to_have_value("0.5")
        await page.get_by_role("button", name="Take the gate away").click()
        await seen.shows("Nothing is asked of it before it is published.")
        assert (await admin.get(at(one, "gate"))).status_code == 404
        data(await admin.put(at(one, "gate"), json={"set_id": questions["id"], "floors": {"recall@5": 0.25}}))
        await page.get_by_role("combobox", name="Questions").fill(questions["name"])
        await page.get_by_role("option", name=questions["name"]).click()
        await save.click()
        await page.get_by_role("button", name="Show it as it is now").click()
        await expect(page.get_by_label("Limit of number 1")).to_have_value("0.25")
