"""A run with a judge: its word stands beside what was measured, marked as its word, with reasons and what it took."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from evals.judging.choosing import judge_of
from evals.values import Case, Expected
from tests.world.judges import LittleJudge, little_judge, sentences
from tests.world.measuring import DUSK, RUNS, Bench, bench
from tests.world.models import code, data
from tests.world.patience import PATIENCE, until
from tests.world.people import Organisation
from tests.world.served import model_on

pytest.importorskip("ragas", reason="ragas is not installed: pip install 'scaigrid[evals]'")

WANTED = ["recall@5", "judge.faithfulness", "judge.context_recall", "judge.factual_correctness"]
REFERENCE = "The harbour master closes the harbour at dusk. Nobody is told."


def case(mine: Bench, **said: Any) -> Case:
    return Case("dusk", DUSK, expected=(Expected(document_id=mine.place.shelf.documents["open"]),), **said)


async def judged(mine: Bench, judge: str, *cases: Case, **said: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A run of some cases with its numbers, and its answers."""
    run = await mine.measured(*cases, judge=judge, metrics=WANTED, **said)
    return run, await mine.answers(run["run"]["id"])


def by_metric(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["metric"]: one for one in answer["scores"]}


@pytest.fixture(autouse=True)
async def _loaded(acme: Organisation) -> None:
    """Have the library loaded before anybody waits for what it says: that takes seconds, on a busy machine minutes."""
    platform = acme.running.platform
    await judge_of(platform.gateway, (await platform.credentials.admit(acme.running.root_key)).caller, "any/model")


async def judge_on(root: httpx.AsyncClient, little: LittleJudge) -> str:
    return (await model_on(root, little, input_price_per_mtok="1000", output_price_per_mtok="1000")).slug


async def test_a_judge_is_asked_for_what_it_can_say_and_marked(acme: Organisation, root: httpx.AsyncClient) -> None:
    mine = await bench(acme)
    async with little_judge() as little:
        slug = await judge_on(root, little)
        run, (answer,) = await judged(mine, slug, case(mine, reference=REFERENCE))
    assert run["run"]["status"] == "completed", run["run"]
    scores = by_metric(answer)
    assert {name: one["judged"] for name, one in scores.items() if name != "leaks"} == {
        "recall@5": False,
        "judge.faithfulness": True,
        "judge.context_recall": True,
        "judge.factual_correctness": True,
    }
    # of the reference's two sentences the passages hold one
    assert scores["judge.context_recall"]["value"] == 0.5
    assert scores["judge.context_recall"]["reasons"].splitlines() == [
        "+ The harbour master closes the harbour at dusk.: It stands there.",
        "- Nobody is told.: It stands nowhere.",
    ]
    said = [asked.json["messages"][1]["content"] for asked in little.asked]
    statements = sentences(answer["answer"])
    verdicts = [one in next(text for text in said if "judge the faithfulness" in text) for one in statements]
    assert scores["judge.faithfulness"]["value"] == pytest.approx(sum(verdicts) / len(verdicts))
    of_judge = {one["metric"]: one for one in run["summaries"][0]["metrics"] if one["judged"]}
    assert set(of_judge) == set(WANTED[1:])
    assert of_judge["judge.context_recall"]["n"] == 1
    assert run["run"]["tokens"] >= 120 * len(little.asked)
    assert float(run["run"]["cost"]) == pytest.approx(0.12 * len(little.asked))
    assert len(little.asked) == 2 + 1 + 4


async def test_what_cannot_be_judged_is_no_zero_and_no_part_of_a_mean(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    mine = await bench(acme)
    async with little_judge() as little:
        slug = await judge_on(root, little)
        little.mumbles = {"claims"}  # without which nobody can tell how right an answer is
        run, (bare, right) = await judged(
            mine, slug, Case("plain", DUSK), case(mine, reference="The harbour master closes the harbour at dusk.")
        )
    assert run["run"]["status"] == "completed", run["run"]
    values = [by_metric(one).get("judge.context_recall", {}).get("value") for one in (bare, right)]
    assert values == [None, 1.0]
    number = next(one for one in run["summaries"][0]["metrics"] if one["metric"] == "judge.context_recall")
    assert (number["n"], number["value"]) == (1, 1.0)
    unread = [
        one
        for answer in (bare, right)
        for one in answer["scores"]
        if one["value"] is None and "could not be read" in (one["reasons"] or "")
    ]
    assert [one["metric"] for one in unread] == ["judge.factual_correctness"]
    assert "judge.factual_correctness" not in {one["metric"] for one in run["summaries"][0]["metrics"] if one["n"]}


async def test_a_run_cancelled_inside_a_judgement_hangs_up_and_keeps_what_was_judged(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    mine = await bench(acme)
    async with little_judge() as little:
        slug = await judge_on(root, little)
        little.silent_after = 3  # the second metric is being judged then
        set_id = await mine.asking(case(mine, reference=REFERENCE))
        run = (await mine.begin(set_id, judge=slug, metrics=WANTED))["id"]
        await until(lambda: len(little.asked) == 4)
        assert data(await acme.client("admin").post(f"{RUNS}/{run}/cancel"))["status"] == "cancelled"
        await asyncio.wait_for(little.asked[3].gone.wait(), PATIENCE)
        little.silent_after = None
        (answer,) = await mine.answers(run)
        again = await acme.client("admin").post(f"{RUNS}/{run}/resume", json={})
    judged_by_then = {name for name, one in by_metric(answer).items() if one["judged"]}
    assert "judge.faithfulness" in judged_by_then
    assert "judge.factual_correctness" not in judged_by_then
    assert code(again) == (409, "EVALUATION_RUN_ENDED")
    assert len(little.asked) == 4, "nobody is asked any more"


async def test_two_judged_runs_are_compared_by_the_judge_too(acme: Organisation, root: httpx.AsyncClient) -> None:
    mine = await bench(acme)
    async with little_judge() as little:
        slug = await judge_on(root, little)
        set_id = await mine.asking(case(mine, reference="The harbour master closes the harbour at dusk."))
        drafts: tuple[dict[str, Any], ...] = ({}, {"sources": []})
        runs = [(await mine.begin(set_id, judge=slug, metrics=WANTED, changes=one))["id"] for one in drafts]
        for run in runs:
            await mine.ended(run)
    found = data(await acme.client("admin").get(f"{RUNS}/{runs[0]}/compare/{runs[1]}"))
    recall = next(one for one in found["metrics"] if one["metric"] == "judge.context_recall")
    assert (recall["judged"], recall["before"], recall["after"], recall["worse"]) == (True, 1.0, 0.0, 1)


async def test_who_cannot_judge_is_refused_before_anything_is_asked(acme: Organisation) -> None:
    mine = await bench(acme)
    body = {"set": await mine.asking(case(mine)), "persona_id": mine.persona["id"]}
    for judge, refusal in (("local/quote", (422, "VALIDATION_ERROR")), ("no/such", (404, "MODEL_NOT_FOUND"))):
        assert code(await acme.client("admin").post(RUNS, json={**body, "judge": judge})) == refusal
    assert data(await acme.client("admin").get(RUNS)) == []
