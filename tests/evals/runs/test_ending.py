"""How runs end before their time, and go on: by limits, by hand, by rights that are lost, by what is away."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from app.errors import PermissionDenied
from app.jobs.work import Later
from evals.tables import EvalAnswer, EvalRun, EvalScore
from tests.evals.runs.conftest import Quiet, questions
from tests.world import openai_answers as says
from tests.world.measuring import RUNS
from tests.world.models import code, data
from tests.world.patience import eventually, until
from tests.world.upstream import Answer


async def test_a_limit_ends_a_run_with_what_it_has_and_a_higher_one_lets_it_go_on(quiet: Quiet) -> None:
    mine, admin = quiet.mine, quiet.mine.acme.client("admin")
    run = await mine.begin(await mine.asking(*questions(6)), caps={"max_tokens": 30})
    assert await quiet.work(run["id"]) is None
    capped = await quiet.run(run["id"])
    assert (capped.status, capped.stopped_by) == ("capped", "max_tokens")
    assert 1 <= capped.answered < 6
    assert capped.tokens == 12 * capped.answered, "none was begun that could not be paid"
    answered, asked = capped.answered, len(quiet.up.asked)
    assert asked == answered
    refused = await admin.post(f"{RUNS}/{run['id']}/cancel")
    assert data(refused)["status"] == "capped", "it has ended"
    data(await admin.post(f"{RUNS}/{run['id']}/resume", json={"caps": {}}), 202)
    assert await quiet.work(run["id"]) is None
    ended = await quiet.run(run["id"])
    assert (ended.status, ended.answered, ended.tokens) == ("completed", 6, 72)
    assert len(quiet.up.asked) == 6, "nothing was asked twice"
    assert code(await admin.post(f"{RUNS}/{run['id']}/resume", json={})) == (409, "EVALUATION_RUN_ENDED")


async def test_a_run_that_comes_to_its_end_at_its_limit_is_whole(quiet: Quiet) -> None:
    mine = quiet.mine
    run = await mine.begin(await mine.asking(*questions(2)), caps={"max_tokens": 24})
    assert await quiet.work(run["id"]) is None
    assert (await quiet.run(run["id"])).status == "completed"


async def test_an_answer_that_was_written_is_measured_later_and_shown_to_nobody_before(quiet: Quiet) -> None:
    """A process died between the two stages."""
    mine = quiet.mine
    run = await mine.begin(await mine.asking(*questions(1)))
    assert await quiet.work(run["id"]) is None
    (before,) = await mine.answers(run["id"])
    async with quiet.running.platform.transactions.open(Reach.one(mine.acme.id)) as transaction:
        row = await transaction.session.get_one(EvalRun, run["id"])
        row.status, row.done, row.finished_at = "running", 0, None
        (await transaction.session.get_one(EvalAnswer, (run["id"], 0))).stage = "answered"
        for score in await transaction.session.scalars(select(EvalScore).where(EvalScore.run_id == row.id)):
            await transaction.session.delete(score)
    (hidden,) = await mine.answers(run["id"])
    assert (hidden["stage"], hidden["withheld"], hidden["answer"]) == ("answered", True, None)
    assert await quiet.work(run["id"]) is None
    assert await mine.answers(run["id"]) == [before]
    assert len(quiet.up.asked) == 1, "the answer was paid once"
    assert (await quiet.run(run["id"])).done == 1


async def test_a_limit_of_cost_holds_to_the_cent(quiet: Quiet) -> None:
    mine = quiet.mine
    run = await mine.begin(await mine.asking(*questions(9)), caps={"max_cost": "0.05"})
    await quiet.work(run["id"])
    capped = await quiet.run(run["id"])
    assert (capped.status, capped.stopped_by) == ("capped", "max_cost")
    assert 0 < capped.cost <= Decimal("0.05"), "none was begun that could not be paid"
    assert capped.cost == sum(row.cost for row in await quiet.answers(run["id"]))


async def test_a_cancelled_run_hangs_up_within_two_seconds_and_writes_nothing_more(quiet: Quiet) -> None:
    mine, admin = quiet.mine, quiet.mine.acme.client("admin")
    quiet.up.says(Answer(silent=True))
    run = await mine.begin(await mine.asking(*questions(5)))
    working = asyncio.create_task(quiet.work(run["id"]))
    await until(lambda: len(quiet.up.asked) >= 3)
    said = data(await admin.post(f"{RUNS}/{run['id']}/cancel"))
    assert said["status"] == "cancelled"
    assert await asyncio.wait_for(working, 30) is None
    await asyncio.gather(*(asked.gone.wait() for asked in quiet.up.asked))
    row = await quiet.run(run["id"])
    assert (row.status, row.lease, row.answered) == ("cancelled", None, 0)
    assert await quiet.work(run["id"]) is None
    assert len(quiet.up.asked) == 3


async def test_while_the_model_is_away_a_run_waits_and_then_goes_on_by_itself(quiet: Quiet) -> None:
    mine = quiet.mine
    quiet.up.says(says.completion("At dusk [1]."), Answer(503, [b"{}"]))
    run = await mine.begin(await mine.asking(*questions(4)))
    outcome = await quiet.work(run["id"])
    assert isinstance(outcome, Later)
    assert outcome.seconds >= 5
    waiting = await quiet.run(run["id"])
    assert waiting.status == "running"
    assert waiting.waiting_for == outcome.reason
    quiet.up.says(says.completion("At dusk [1]."))

    async def goes_on() -> bool:  # a backend that failed is rested for a while
        return await quiet.work(run["id"]) is None

    await eventually(goes_on)
    ended = await quiet.run(run["id"])
    assert (ended.status, ended.answered, ended.failed, ended.waiting_for) == ("completed", 4, 0, None)


async def test_a_question_that_is_refused_fails_alone_and_is_worth_nothing(quiet: Quiet) -> None:
    mine = quiet.mine
    refusal = Answer(400, [b'{"error": {"message": "no"}}'])
    quiet.up.says(refusal, says.completion("At dusk [1]."))
    cases = questions(2)
    run = await mine.begin(await mine.asking(*cases), metrics=["refusal_correctness"])
    assert await quiet.work(run["id"]) is None
    row = await quiet.run(run["id"])
    assert (row.status, row.answered, row.failed) == ("completed", 1, 1)
    failed = next(one for one in await quiet.answers(run["id"]) if one.stage == "failed")
    assert failed.error_code is not None
    assert row.numbers is not None
    assert row.numbers["failed"] == 1


async def test_a_run_ends_with_the_rights_of_whoever_began_it(quiet: Quiet) -> None:
    mine, acme = quiet.mine, quiet.mine.acme
    person = await acme.person("tester", "tenant_user", permissions=["scaipersona:test", "scaipersona:view"])
    run = await mine.begin(await mine.asking(*questions(2)), "tester")
    path = f"/v1/users/{person.id}/module-permissions"
    data(await acme.client("admin").put(path, json={"permissions": []}))
    with pytest.raises(PermissionDenied):  # which fails its job, and the job the run
        await quiet.work(run["id"])
    assert quiet.up.asked == []


async def test_a_budget_that_is_used_up_caps_a_run(quiet: Quiet) -> None:
    mine, acme = quiet.mine, quiet.mine.acme
    budget = {"period": "total", "request_limit": 2, "hard_action": "block", "scope": "user"}
    made = await acme.client("admin").post(
        "/v1/accounting/budgets", json={**budget, "scope_id": acme.people["admin"].id}
    )
    data(made, 201)
    run = await mine.begin(await mine.asking(*questions(5)))
    assert await quiet.work(run["id"]) is None
    row = await quiet.run(run["id"])
    assert (row.status, row.stopped_by) == ("capped", "budget")
    assert row.answered <= 2
