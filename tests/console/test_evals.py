"""A set is made, put to an assistant, followed to its end and compared with another run, all of it in a browser."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import httpx
import pytest
from playwright.async_api import Browser, FilePayload, Locator, Page, expect

from acl.facts import Effect, PrincipalType
from evals.judging.choosing import judge_of
from evals.values import Case, Expected
from tests.console.browsing import Tab, tab
from tests.world import openai_answers as says
from tests.world.evaluating import SETS, asks, eval_set, jsonl
from tests.world.judges import little_judge
from tests.world.measuring import DUSK, PAID, RUNS, SECRET, Bench, bench
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.personas import at
from tests.world.platform import unique
from tests.world.served import model_on
from tests.world.upstream import Answer, upstream

pytestmark = pytest.mark.services

BREAD = "Where is bread baked before dawn?"
MOON = "Who painted the zeppelin lavender?"
POINT = "Bread is baked on the moon"


@dataclass
class Two:
    """Two runs of one set: the assistant as it is, and one that reads nothing; both asked as those of the cases."""

    set_id: str
    plain: str
    blind: str


@pytest.fixture(scope="module")
async def mine(office: Organisation) -> Bench:
    """An assistant over documents of which `peer` and the viewer may not read the secret one."""
    made = await bench(office)
    await made.place.enter(Effect.DENY, (PrincipalType.USER, office.people["viewer"].id), ["secret"])
    return made


@pytest.fixture(scope="module")
async def two(mine: Bench) -> Two:
    known, peer = mine.place.shelf.documents, mine.acme.people["peer"].id
    asked = {"open": (DUSK, None), "secret": (PAID, None), "other": (BREAD, peer)}
    answered = [
        Case(f"{name}-{number}", question, reader=reader, expected=(Expected(document_id=known[name]),))
        for number in range(3)
        for name, (question, reader) in asked.items()
    ]
    pointed = Case("pointed", BREAD, points=(POINT,))
    set_id = await mine.asking(*answered, pointed, Case("moon", MOON, must_refuse=True))
    plain = await mine.begin(set_id, note="As it is")
    blind = await mine.begin(set_id, note="Without its places", changes={"sources": []})
    for run in (plain, blind):
        assert (await mine.ended(run["id"]))["run"]["status"] == "completed"
    return Two(set_id, plain["id"], blind["id"])


async def test_from_nothing_to_a_run_that_has_ended(browser: Browser, office: Organisation, mine: Bench) -> None:
    name = unique("Harbour")
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open("/console/evals")
        await page.get_by_role("button", name="New set").first.click()
        await page.get_by_role("dialog").get_by_label("Name").fill(name)
        await page.get_by_role("button", name="Make", exact=True).click()
        await expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
        await seen.shows("It asks nothing yet.")
        await _add_cases(seen)
        await _fill_in(seen, mine)
        await page.get_by_role("button", name="Begin", exact=True).click()

        await expect(page.get_by_role("heading", level=1, name="The first")).to_be_visible()
        await expect(page.locator(".run-standing")).to_contain_text("completed")
        await expect(page.locator(".run-standing")).to_contain_text("2 of 2 done")
        await expect(page.get_by_role("table", name="Numbers of the run")).to_contain_text("First hit (MRR)")
        await expect(page.locator("article.eval-answer")).to_have_count(2)
        await page.get_by_text("What it measured").click()
        await expect(page.locator(".measured")).to_contain_text("Passages at most: 3")
        await expect(page.locator(".measured")).to_contain_text("Peer: each of them every case")
        await page.get_by_role("link", name="Run it again, changed").click()
        await expect(page.get_by_label("Passages at most")).to_have_value("3")
        await expect(page.locator(".chosen")).to_contain_text("Peer")
    (run,) = data(await mine.acme.client("admin").get(RUNS, params={"limit": 1}))
    assert (run["note"], run["changes"], run["status"]) == ("The first", {"rag_top_k": 3}, "completed")


async def _fill_in(seen: Tab, mine: Bench) -> None:
    page = seen.page
    await page.get_by_role("link", name="Run it").click()
    await page.get_by_role("combobox", name="Assistant").fill(mine.persona["name"])
    await page.locator(".combobox li:visible").first.click()
    await expect(page.get_by_role("combobox", name="Assistant")).to_have_value(mine.persona["name"])
    await page.get_by_label("Note").fill("The first")
    await page.get_by_role("combobox", name="Ask every case as").fill("Peer")
    await page.locator(".combobox li:visible").first.click()
    await expect(page.locator(".chosen")).to_contain_text("Peer")
    await page.get_by_role("button", name="What would it take?").click()
    await seen.shows("About 2 answers")
    await page.get_by_text("Changed for this run").click()
    await page.get_by_label("Passages at most").fill("3")
    await seen.is_sound("evals-begin")


async def _add_cases(seen: Tab) -> None:
    page = seen.page
    await page.get_by_role("button", name="Add a case").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Question").fill(DUSK)
    await dialog.get_by_label("Id", exact=True).fill("no spaces here")
    await dialog.get_by_role("button", name="Add the case").click()
    await expect(dialog.locator(".complaint")).to_be_visible()
    await dialog.get_by_label("Id", exact=True).fill("dusk")
    await dialog.get_by_role("button", name="Add expected").click()
    await dialog.get_by_label("Expected 1", exact=True).fill("the words of open")
    await dialog.get_by_role("button", name="Add forbidden").click()
    await dialog.get_by_label("Kind of forbidden 1").select_option("Words")
    await dialog.get_by_label("Forbidden 1", exact=True).fill("ninety thousand guilders")
    await seen.is_sound("evals-case")
    await dialog.get_by_role("button", name="Add the case").click()
    await expect(_rows(page, "Cases")).to_have_count(1)
    await expect(_rows(page, "Cases")).to_contain_text("finds the words of open")
    await expect(_rows(page, "Cases")).to_contain_text("does not show “ninety thousand guilders”")
    await page.get_by_role("button", name="Add a case").click()
    await dialog.get_by_label("Question").fill(MOON)
    await dialog.get_by_label("The right answer is that nothing was found").check()
    await dialog.get_by_role("button", name="Add the case").click()
    await expect(_rows(page, "Cases")).to_have_count(2)
    await expect(page.locator(".facts")).to_contain_text("version 2")


async def test_files_go_in_and_out_and_each_change_is_a_version(browser: Browser, office: Organisation) -> None:
    admin = office.client("admin")
    one = await eval_set(admin, asks(1), asks(2))
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open(f"/console/evals/sets/{one['id']}")
        await expect(_rows(page, "Cases")).to_have_count(2)
        await _import(page, "cases.jsonl", jsonl(asks(1), {"question": ""}, {"nothing": 1}))
        await expect(page.locator("dialog .trouble li").first).to_contain_text("line 2")
        await expect(page.locator("dialog .trouble li").last).to_contain_text("line 3")
        await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        await _import(page, "cases.csv", b"id,question,tags\ncase-1,What is one?,a|b\ncase-3,What is three?,\n")
        await expect(page.locator(".toast")).to_contain_text("Version 2: 1 new, 1 changed, 1 gone.")
        await expect(_rows(page, "Cases")).to_contain_text(["What is one?", "What is three?"])

        await page.get_by_role("button", name="Edit case-3").click()
        await page.get_by_role("dialog").get_by_label("Who asks").fill(office.people["user"].email)
        await page.get_by_role("button", name="Save the case").click()
        await expect(_rows(page, "Cases").last).to_contain_text(office.people["user"].email)
        await page.get_by_role("button", name="Remove case-1").click()
        await expect(_rows(page, "Cases")).to_have_count(1)
        await page.get_by_role("button", name="Undo").click()
        await expect(_rows(page, "Cases")).to_have_count(2)
        async with page.expect_download() as downloading:
            await page.get_by_role("button", name="Export as JSONL").click()
        told = (await (await downloading.value).path()).read_text(encoding="utf-8")
        assert [json.loads(line)["id"] for line in told.splitlines()] == ["case-1", "case-3"]

        await page.get_by_role("tab", name="Versions").click()
        await expect(_rows(page, "Versions")).to_have_count(3)
        await page.get_by_role("link", name="Version 1", exact=True).click()
        await seen.shows("This is version 1, as it was.")
        await expect(_rows(page, "Cases")).to_contain_text(["What is number 1?", "What is number 2?"])
        await expect(page.get_by_role("button", name="Edit case-1")).to_have_count(0)


async def test_what_an_application_has_kept_becomes_cases(browser: Browser, office: Organisation) -> None:
    one = await eval_set(office.client("admin"))
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open(f"/console/evals/sets/{one['id']}")
        await page.get_by_role("button", name="From requests").click()
        await page.get_by_label("Requests", exact=True).fill("{no json")
        await expect(page.get_by_role("button", name="Make cases")).to_be_disabled()
        kept = [{"messages": [{"role": "user", "content": said}], "model": "any"} for said in (DUSK, BREAD)]
        await page.get_by_label("Requests", exact=True).fill("\n".join(map(json.dumps, kept)))
        await page.get_by_role("button", name="Make cases of 2 requests").click()
        await expect(_rows(page, "Cases")).to_contain_text([DUSK, BREAD])
        await expect(_rows(page, "Cases").first).to_contain_text("nobody has said yet")
        await seen.is_sound("evals-set")


async def test_who_saves_second_is_told_that_the_set_has_changed(browser: Browser, office: Organisation) -> None:
    admin = office.client("admin")
    one = await eval_set(admin, asks(1))
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open(f"/console/evals/sets/{one['id']}")
        await page.get_by_role("button", name="Edit case-1").click()
        data(await admin.post(f"{SETS}/{one['id']}/cases", json={"cases": [asks(2)]}), 201)
        await page.get_by_role("dialog").get_by_label("Question").fill("What is it really?")
        await page.get_by_role("button", name="Save the case").click()
        await expect(page.locator("dialog .trouble")).to_be_visible()
        await page.get_by_role("button", name="Save the case").click()
        await expect(_rows(page, "Cases")).to_contain_text(["What is it really?", "What is number 2?"])


async def test_a_run_says_what_its_answers_are_worth_and_why(
    browser: Browser, office: Organisation, mine: Bench, two: Two
) -> None:
    admin = office.client("admin")
    said = data(await admin.get(f"{RUNS}/{two.plain}"))
    found = next(one for one in said["summaries"] if one["reader_id"] is None)
    mrr = next(one for one in found["metrics"] if one["metric"] == "mrr@10")
    gate = {"set_id": two.set_id, "floors": {"mrr@10": 0.1, "judge.faithfulness": 0.5}}
    data(await admin.put(at(mine.persona, "gate"), json=gate))
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open(f"/console/evals/runs/{two.plain}")
        row = _rows(page, "Numbers of the run").filter(has_text="mrr@10")
        await expect(row.locator("td").nth(1)).to_contain_text(f"{mrr['value']:.2f}")
        await expect(row.locator("td").nth(1)).to_contain_text(f"{mrr['high']:.2f} · n {mrr['n']}")
        await expect(page.get_by_role("columnheader", name="Peer")).to_be_visible()
        await expect(page.get_by_role("img", name="Every metric by reader")).to_be_visible()
        asked = _rows(page, "What the gate asks for")
        await expect(asked.filter(has_text="First hit")).to_contain_text("reached")
        await expect(asked.filter(has_text="Judge: faithfulness")).to_contain_text("not measured")
        await expect(asked.filter(has_text="Leaks")).to_contain_text("reached")
        await expect(page.get_by_role("heading", name="Gate")).to_contain_text("not passed")

        await page.get_by_label("Not perfect by").select_option("Points said")
        answer = page.locator("article.eval-answer")
        await expect(answer).to_have_count(1)
        await answer.get_by_text("What it does not say").click()
        await expect(answer.locator(".why")).to_have_text(POINT)
        await answer.locator("summary", has_text="found").click()
        await expect(answer.locator(".found-passages")).to_contain_text("Bread is baked before dawn")
        assert "below=points_said" in page.url
        await seen.is_sound("evals-run")
    data(await admin.delete(at(mine.persona, "gate")))


async def test_two_runs_stand_side_by_side(browser: Browser, office: Organisation, two: Two) -> None:
    compared = f"{RUNS}/{two.plain}/compare/{two.blind}"
    said = data(await office.client("admin").get(compared))
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open(f"/console/evals/sets/{two.set_id}?tab=runs")
        await page.get_by_label("Compare Without its places").check()
        await page.get_by_label("Compare As it is").check()
        await page.get_by_role("button", name="Compare the two").click()
        before = page.get_by_role("region", name="Before", exact=True).first
        await expect(before).to_contain_text("As it is")
        rows = _rows(page, "Differences")
        await expect(rows).to_have_count(len(said["metrics"]))
        for one in said["metrics"]:
            row = rows.filter(has=page.get_by_text(one["metric"], exact=True))
            await expect(row.locator("td").last).to_contain_text(
                {"same": "the same"}.get(one["verdict"], one["verdict"])
            )
        mrr = next(one for one in said["metrics"] if one["metric"] == "mrr@10")
        assert mrr["verdict"] == "worse"
        told = rows.filter(has=page.get_by_text("mrr@10", exact=True))
        await expect(told).to_contain_text(f"{-mrr['low']:.2f}")
        await expect(page.get_by_role("img", name="Difference, with its 95 % interval")).to_be_visible()
        await seen.is_sound("evals-compare")

        await page.get_by_role("button", name=f"worse {said['worse']}").first.click()
        cases = page.locator("article.eval-answer")
        await expect(cases).to_have_count(said["worse"])
        await expect(cases.first).to_contain_text("worse by")
        assert "change=worse" in page.url
        await page.get_by_role("button", name="Swap them").click()
        await expect(before).to_contain_text("Without its places")
        await expect(told.locator("td").last).to_contain_text("better")


async def test_a_leak_is_the_first_thing_that_is_seen(
    browser: Browser, office: Organisation, mine: Bench, root: httpx.AsyncClient
) -> None:
    peer = office.people["peer"]
    set_id = await mine.asking(Case("dusk", DUSK), Case("bread", BREAD))
    async with upstream() as up:
        up.says(says.completion(f"{SECRET}[1]"), says.completion("Bread is baked in the old bakery."))
        model = await model_on(root, up)
        run = await mine.begin(set_id, readers=[peer.id], changes={"model_slug": model.slug}, note="Talks too much")
        assert (await mine.ended(run["id"]))["run"]["leaks"] == 1
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open("/console/evals")
        await expect(_rows(page, "Runs").filter(has_text="Talks too much")).to_contain_text("1 leak")
        await seen.open(f"/console/evals/runs/{run['id']}")
        await expect(page.get_by_role("alert")).to_contain_text("1 answer showed a reader what they must not be shown")
        await page.get_by_role("button", name="Show the leaks").click()
        leaked = page.locator("article.eval-answer")
        await expect(leaked).to_have_count(1)
        await expect(leaked).to_contain_text("words of a document its reader may not read")
        await expect(leaked).to_contain_text("asked by Peer")
        await seen.is_sound("evals-leak")
    async with tab(browser, office.running.url, office.people["viewer"].key) as seen:
        await seen.open(f"/console/evals/runs/{run['id']}")
        await seen.shows("withheld from you")
        await expect(seen.page.locator("article.eval-answer", has_text="withheld")).not_to_have_count(0)
        await expect(seen.page.get_by_text("ninety thousand guilders")).to_have_count(0)


async def test_a_run_is_followed_while_it_goes_on_and_cancelled(
    browser: Browser, office: Organisation, mine: Bench, root: httpx.AsyncClient
) -> None:
    set_id = await mine.asking(*(Case(f"q{number}", f"{DUSK} {number}") for number in range(3)))
    async with upstream() as up, tab(browser, office.running.url, office.people["admin"].key) as seen:
        up.says(says.completion("At dusk [1]."), Answer(silent=True))
        model = await model_on(root, up)
        page = seen.page
        run = await mine.begin(set_id, changes={"model_slug": model.slug}, note="Slowly")
        await seen.open(f"/console/evals/runs/{run['id']}")
        standing = page.locator(".run-standing")
        await expect(standing).to_contain_text("1 of 3 done")
        await expect(standing).to_contain_text("goes on")
        await seen.is_sound("evals-going")
        await page.get_by_role("button", name="Cancel the run").click()
        await expect(standing).to_contain_text("cancelled")
        await expect(page.locator("article.eval-answer").filter(has_text="At dusk [1].")).to_have_count(1)
        await page.get_by_role("button", name="Delete…").click()
        await page.get_by_role("button", name="Delete the run").click()
        await seen.shows("It has not been run yet.")
    gone = await office.client("admin").get(f"{RUNS}/{run['id']}")
    assert gone.status_code == 404


async def test_one_that_reached_a_limit_goes_on_within_another(
    browser: Browser, office: Organisation, mine: Bench
) -> None:
    set_id = await mine.asking(*(Case(f"q{number}", f"{DUSK} {number}") for number in range(3)))
    run = await mine.begin(set_id, caps={"max_tokens": 1}, note="On a short leash")
    assert (await mine.ended(run["id"]))["run"]["status"] == "capped"
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        page = seen.page
        await seen.open(f"/console/evals/runs/{run['id']}")
        await expect(page.locator(".run-standing")).to_contain_text("It reached its limit of tokens")
        await page.get_by_role("button", name="Go on…").click()
        await page.get_by_label("Tokens at most").fill("")
        await page.get_by_role("button", name="Go on", exact=True).click()
        await expect(page.locator(".run-standing")).to_contain_text("3 of 3 done")
        await expect(page.locator(".run-standing")).to_contain_text("completed")


async def test_what_a_judge_says_is_marked_as_its_word(
    browser: Browser, office: Organisation, mine: Bench, root: httpx.AsyncClient
) -> None:
    pytest.importorskip("ragas", reason="ragas is not installed: pip install 'scaigrid[evals]'")
    platform = office.running.platform  # the library takes seconds to load, on a busy machine minutes
    await judge_of(platform.gateway, (await platform.credentials.admit(office.running.root_key)).caller, "any/model")
    set_id = await mine.asking(Case("dusk", DUSK))
    async with little_judge() as little:
        judge = await model_on(root, little)
        run = await mine.begin(set_id, judge=judge.slug, metrics=["judge.faithfulness"])
        assert (await mine.ended(run["id"]))["run"]["status"] == "completed"
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/evals/runs/{run['id']}")
        row = _rows(seen.page, "Numbers of the run").filter(has_text="Judge: faithfulness")
        await expect(row).to_contain_text("judged")
        await seen.page.locator("article.eval-answer summary", has_text=re.compile("^Why$")).click()
        await expect(seen.page.locator(".why")).to_contain_text("It stands there.")


async def test_who_may_only_look_changes_nothing_and_hidden_is_absent(
    browser: Browser, office: Organisation, mine: Bench, two: Two
) -> None:
    async with tab(browser, office.running.url, office.people["viewer"].key) as seen:
        page = seen.page
        await seen.open("/console/evals")
        await expect(page.get_by_role("table", name="Runs")).to_contain_text("As it is")
        for name in ("New set", "Begin a run"):
            await expect(page.get_by_text(name, exact=True)).to_have_count(0)
        await seen.is_sound("evals")
        await seen.open(f"/console/evals/sets/{two.set_id}")
        await expect(_rows(page, "Cases")).not_to_have_count(0)
        await expect(page.get_by_role("button", name="Edit open-0")).to_have_count(0)
        await seen.open("/console/evals/begin")
        await seen.shows("Not found, or not shared with you.")
        for path in ("runs/run_00000000000000000000000000", "sets/evs_00000000000000000000000000"):
            await seen.open(f"/console/evals/{path}")
            await seen.shows("Not found, or not shared with you.")
        await seen.open(f"/console/personas/{mine.persona['id']}")
        await page.get_by_role("link", name="Evaluate").click()
        await seen.shows(f"Of {mine.persona['name']} only.")


def _rows(page: Page, table: str) -> Locator:
    return page.get_by_role("table", name=table, exact=True).locator("tbody tr")


async def _import(page: Page, name: str, content: bytes) -> None:
    await page.get_by_role("button", name="Import…").click()
    file: FilePayload = {"name": name, "mimeType": "text/plain", "buffer": content}
    await page.get_by_role("dialog").get_by_label("File").set_input_files([file])
    await page.get_by_role("dialog").get_by_role("button", name="Import", exact=True).click()
