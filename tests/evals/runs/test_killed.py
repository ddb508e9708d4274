"""A run that is broken off, or that two work on at once, ends as if nothing had been and pays nothing twice."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.evals.runs.conftest import Quiet, questions
from tests.world import openai_answers as says
from tests.world.hands import process, until

pytestmark = pytest.mark.slow  # processes come and go
CASES, AT_ONCE = 24, 3


async def test_killed_again_and_again_a_run_ends_and_pays_for_no_stage_twice(quiet: Quiet) -> None:
    mine, up = quiet.mine, quiet.up
    answer = says.completion("The harbour master closes the harbour at dusk [1].")
    answer.before_s = 0.05
    up.says(answer)
    run = await mine.begin(await mine.asking(*questions(CASES)))
    settings, deaths = quiet.running.settings, 0
    arguments = (str(settings.home), settings.database, mine.acme.id, run["id"])
    for asked in (4, 9, 15):
        async with process("tests.world.interviewing", *arguments) as worker:
            await until(lambda: worker.returncode is not None or len(up.asked) >= asked, 600)  # noqa: B023
            if worker.returncode is None:
                worker.kill()
                deaths += 1
            await worker.wait()
    assert deaths == 3
    assert (await quiet.run(run["id"])).status == "running"
    assert await quiet.work(run["id"]) is None
    row = await quiet.run(run["id"])
    assert (row.status, row.answered, row.done, row.failed) == ("completed", CASES, CASES, 0)
    assert len(up.asked) <= CASES + AT_ONCE * deaths, "only what was under way when one died was asked once more"
    answers = await quiet.answers(run["id"])
    assert [one.stage for one in answers] == ["judged"] * CASES
    assert row.tokens == sum(one.input_tokens + one.output_tokens for one in answers) == 12 * CASES
    often = Counter((one.position, one.metric) for one in await quiet.scores(run["id"]))
    assert set(often.values()) == {1}


async def test_of_two_who_work_on_a_run_the_first_writes_nothing_more(quiet: Quiet) -> None:
    mine, up = quiet.mine, quiet.up
    answer = says.completion("At dusk [1].")
    answer.before_s = 0.05
    up.says(answer)
    run = await mine.begin(await mine.asking(*questions(CASES)))
    first = asyncio.create_task(quiet.work(run["id"]))
    await until(lambda: len(up.asked) >= 5)
    second = await quiet.work(run["id"])
    assert await first is None
    assert second is None
    row = await quiet.run(run["id"])
    assert (row.status, row.answered, row.done) == ("completed", CASES, CASES)
    assert len(up.asked) <= CASES + AT_ONCE
