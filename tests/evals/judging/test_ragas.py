"""ragas judges through the gateway: its numbers are those a person reckons, and what cannot be read is no zero."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.identity.caller import Caller
from app.inference.errors import BackendError
from evals.judging.choosing import judge_of
from evals.judging.judge import Judge, Judged, Judgement, Material, judge_by
from tests.world import openai_answers as says
from tests.world.judges import LittleJudge, little_judge
from tests.world.patience import PATIENCE
from tests.world.people import Organisation
from tests.world.served import Served, model_on
from tests.world.upstream import Upstream, upstream

pytest.importorskip("ragas", reason="ragas is not installed: pip install 'scaigrid[evals]'")

SAID = Material(
    question="How long is the notice?",
    answer="The notice is three months. It ends in June. Ben wrote it.",
    passages=["Ada is here.", "The notice is three months. Ben wrote it.", "The bridge is old."],
    reference="The notice is three months. It can be longer.",
)


@dataclass
class Court:
    """A judge, what it is made of, and who pays for it."""

    judge: Judge
    little: LittleJudge
    texts: Upstream
    payer: Caller
    model: Served

    async def on(self, metric: Judged, said: Material = SAID) -> Judgement:
        return await judge_by(self.judge, metric, said)


@pytest.fixture
async def court(acme: Organisation, root: httpx.AsyncClient) -> AsyncIterator[Court]:
    await acme.person("runner", "tenant_user")
    platform = acme.running.platform
    async with little_judge() as little, upstream() as texts:
        model = await model_on(root, little, input_price_per_mtok="1000", output_price_per_mtok="1000")
        vectors = await model_on(root, texts, modality="embedding")
        payer = (await platform.credentials.admit(acme.people["runner"].key)).caller
        judge = await judge_of(platform.gateway, payer, model.slug, vectors.slug)
        yield Court(judge, little, texts, payer, model)


async def test_faithfulness_is_the_share_of_statements_that_the_passages_bear_out(court: Court) -> None:
    found = await court.on(Judged.FAITHFULNESS)
    assert found.value == pytest.approx(2 / 3)
    assert [(one.of, one.holds) for one in found.opinions] == [
        ("The notice is three months.", True),
        ("It ends in June.", False),
        ("Ben wrote it.", True),
    ]
    assert found.opinions[1].why == "It stands nowhere."
    assert (found.calls, found.unreadable, found.without) == (2, 0, "")
    assert (found.usage.input_tokens, found.usage.output_tokens, found.usage.estimated) == (200, 40, False)
    assert court.little.kinds == ["statements", "verdicts"]


async def test_context_precision_is_the_mean_precision_where_passages_help(court: Court) -> None:
    found = await court.on(Judged.CONTEXT_PRECISION)
    assert found.value == pytest.approx(1 / 2)  # the second of three alone helps
    assert [one.holds for one in found.opinions] == [False, True, False]
    both = Material(SAID.question, "", ["The notice is three months.", "No.", "It can be longer."], SAID.reference)
    assert (await court.on(Judged.CONTEXT_PRECISION, both)).value == pytest.approx((1 + 2 / 3) / 2)


async def test_context_recall_is_the_share_of_the_reference_that_was_found(court: Court) -> None:
    found = await court.on(Judged.CONTEXT_RECALL)
    assert found.value == pytest.approx(1 / 2)
    assert [(one.of, one.holds) for one in found.opinions] == [
        ("The notice is three months.", True),
        ("It can be longer.", False),
    ]


async def test_factual_correctness_is_f1_of_claims_both_ways(court: Court) -> None:
    found = await court.on(Judged.FACTUAL_CORRECTNESS)
    # 1 of 3 claims of the answer is in the reference, and 1 of 2 of the reference is in the answer: F1 of 1/3 and 1/2
    assert found.value == pytest.approx(0.4)
    assert found.calls == 4


async def test_answer_relevancy_is_how_near_the_questions_are(court: Court) -> None:
    court.texts.says(says.embeddings([[1.0, 0.0]]), says.embeddings([[0.6, 0.8], [1.0, 0.0], [0.0, 1.0]]))
    found = await court.on(Judged.ANSWER_RELEVANCY)
    assert found.value == pytest.approx((0.6 + 1.0 + 0.0) / 3)
    assert [asked.json["input"] for asked in court.texts.asked] == [[SAID.question], ["What is it?"] * 3]
    assert found.calls == 5


async def test_an_answer_that_says_nothing_is_relevant_to_nothing(court: Court) -> None:
    court.texts.says(says.embeddings([[1.0, 0.0]]), says.embeddings([[1.0, 0.0]] * 3))
    evasive = Material(SAID.question, "Nothing is known of it.", SAID.passages)
    found = await court.on(Judged.ANSWER_RELEVANCY, evasive)
    assert found.value == 0.0
    assert [one.holds for one in found.opinions] == [False] * 3


@pytest.mark.parametrize(
    "unreadable",
    [
        "I would rather not say.",
        '{"statements": ["broken off',
        '{"statements": []}',
        '{"claims": ["of another form"]}',
        "[1, 2]",
        "",
    ],
)
async def test_what_cannot_be_read_is_asked_for_again_and_counted(court: Court, unreadable: str) -> None:
    court.little.instead = [unreadable]
    found = await court.on(Judged.FAITHFULNESS)
    assert found.value == pytest.approx(2 / 3)
    assert (found.unreadable, found.calls) == (1, 3)
    again = court.little.asked[1].json["messages"]
    assert [message["role"] for message in again] == ["system", "user", "assistant", "user"]
    assert "could not be read" in again[-1]["content"]
    assert found.usage.input_tokens == 300


@pytest.mark.parametrize(
    "verdicts",
    [
        [1],  # fewer than there are statements
        [1, 1, 1, 1],
        [1, 2, 0],  # neither yes nor no
        [1, -1, 0],
    ],
)
async def test_verdicts_that_do_not_fit_the_statements_move_no_number(court: Court, verdicts: list[int]) -> None:
    split = json.dumps({"statements": ["It rains.", "It snows.", "It hails."]})
    said = json.dumps({"statements": [{"statement": "s", "reason": "r", "verdict": one} for one in verdicts]})
    court.little.instead = [split, said]
    found = await court.on(Judged.FAITHFULNESS)
    assert (found.value, found.unreadable) == (0.0, 1)  # the passages say nothing of the weather
    assert [one.of for one in found.opinions] == ["It rains.", "It snows.", "It hails."]


@pytest.mark.parametrize("metric", list(Judged))
async def test_a_judge_that_never_can_be_read_gives_no_value_and_no_zero(court: Court, metric: Judged) -> None:
    court.little.instead = ["no"] * 20
    found = await court.on(metric)
    assert (found.value, found.unreadable, found.calls) == (None, 3, 3)
    assert "could not be read" in found.without


async def test_an_empty_question_is_no_relevancy_of_zero(court: Court) -> None:
    court.little.instead = [json.dumps({"question": "", "noncommittal": 0})] * 3
    found = await court.on(Judged.ANSWER_RELEVANCY)
    assert (found.value, found.unreadable) == (None, 3)


async def test_what_is_missing_is_said_without_asking(court: Court) -> None:
    bare = Material(SAID.question, "Yes.", [])
    assert (await court.on(Judged.FAITHFULNESS, bare)).value is None
    assert (await court.on(Judged.FACTUAL_CORRECTNESS, bare)).without == "There is no reference to judge by."
    assert (await court.on(Judged.ANSWER_RELEVANCY, Material("?", " ", []))).value is None
    nothing_found = Material(SAID.question, "", [" "], SAID.reference)
    assert (await court.on(Judged.CONTEXT_RECALL, nothing_found)).value == 0.0
    assert (await court.on(Judged.CONTEXT_PRECISION, nothing_found)).value == 0.0
    assert court.little.asked == []


async def test_a_judge_that_refuses_how_it_is_to_write_is_asked_plainly_from_then_on(court: Court) -> None:
    court.little.refuses = {"temperature", "response_format"}
    assert (await court.on(Judged.CONTEXT_RECALL)).value == pytest.approx(1 / 2)
    refused = len(court.little.asked) - 1
    assert refused == 2
    await court.on(Judged.CONTEXT_RECALL)
    assert len(court.little.asked) == refused + 2
    court.little.refuses = {"messages"}
    found = await court.on(Judged.CONTEXT_RECALL)
    assert found.value is None
    assert "refused" in found.without


async def test_a_judge_that_is_away_is_said_so_and_not_judged_by(court: Court) -> None:
    court.little.away = 500
    with pytest.raises(BackendError):
        await court.on(Judged.FAITHFULNESS)


async def test_many_are_judged_at_once_and_none_hears_of_another(court: Court) -> None:
    court.texts.says(says.embeddings([[1.0, 0.0]]))
    wanted = [Judged.FAITHFULNESS, Judged.CONTEXT_RECALL, Judged.FACTUAL_CORRECTNESS, Judged.CONTEXT_PRECISION]
    found = await asyncio.gather(*(court.on(metric) for metric in wanted * 5))
    expected = [2 / 3, 1 / 2, 0.4, 1 / 2]
    assert [one.value for one in found] == [pytest.approx(value) for value in expected * 5]


async def test_every_call_is_booked_to_who_runs(court: Court, acme: Organisation) -> None:
    await court.on(Judged.FAITHFULNESS)
    booked = await usage_of(acme, court.model.slug, count=2)
    assert [(one["input_tokens"], one["output_tokens"]) for one in booked] == [(100, 20)] * 2
    assert {one["user_id"] for one in booked} == {court.payer.user_id}
    assert sum(Decimal(one["cost"]) for one in booked) == Decimal("0.24")


async def usage_of(acme: Organisation, slug: str, count: int) -> list[dict[str, Any]]:
    """What was booked on a model, once so much was."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await acme.client("runner").get("/v1/accounting/usage", params={"model": slug})
            items: list[dict[str, Any]] = answer.json()["data"]["items"]
            if len(items) >= count:
                return items
            await asyncio.sleep(0.05)
