"""Who may judge is said before anything is paid for; the library that does is loaded late, and reports to nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from app.errors import ValidationFailed
from app.inference.errors import ModelAccessDenied, ModelNotFound
from evals.judging.choosing import check_judge
from evals.judging.judge import Judged, expense, needs_reference
from tests.world.people import Organisation
from tests.world.served import model_on

ROOT = Path(__file__).parents[3]

ABSENT = """
import sys
sys.modules["ragas"] = None  # as where it is not installed
import evals.judging.choosing, evals.judging.judge
from evals.errors import JudgeNotInstalled
try:
    evals.judging.choosing.judged_by()
except JudgeNotInstalled as refused:
    print(refused.code, refused.message)
"""
SILENT = """
import asyncio, sys, threading
from evals.judging import choosing
assert "ragas" not in sys.modules
choosing._load()
from ragas._analytics import do_not_track
assert "llama_index" not in sys.modules  # another library that takes its time, and is not needed here
print(do_not_track(), choosing.judged_by())
"""


def said_by(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_the_library_it_is_said_what_to_install() -> None:
    said = said_by(ABSENT)
    assert said.startswith("JUDGE_NOT_INSTALLED ")
    assert "pip install 'scaigrid[evals]'" in said


def test_the_library_is_loaded_late_and_tells_nobody_that_it_is_used() -> None:
    pytest.importorskip("ragas", reason="ragas is not installed: pip install 'scaigrid[evals]'")
    assert said_by(SILENT).startswith("True ragas 0.4")


async def test_a_judge_is_a_model_that_writes_and_that_its_caller_may_call(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    pytest.importorskip("ragas", reason="ragas is not installed: pip install 'scaigrid[evals]'")
    await acme.person("runner", "tenant_user")
    await acme.person("onlooker", "tenant_viewer")
    platform = acme.running.platform
    model = await model_on(root, "http://127.0.0.1:9/v1")
    admitted = [await platform.credentials.admit(acme.people[name].key) for name in ("runner", "onlooker")]
    runner, onlooker = (one.caller for one in admitted)
    await check_judge(platform.gateway, runner, model.slug)
    with pytest.raises(ValidationFailed, match="writes nothing of its own"):
        await check_judge(platform.gateway, runner, "local/quote")
    with pytest.raises(ModelNotFound):
        await check_judge(platform.gateway, runner, "no/such")
    with pytest.raises(ModelNotFound):
        await check_judge(platform.gateway, runner, model.slug, "no/such")
    with pytest.raises(ValidationFailed):
        await check_judge(platform.gateway, runner, "local/minilm")
    with pytest.raises(ModelAccessDenied):
        await check_judge(platform.gateway, onlooker, model.slug)


def test_what_judging_takes_is_reckoned_before() -> None:
    given = {"passages": 5, "passage_tokens": 200, "answer_tokens": 100}
    calls = {metric: expense(metric, **given).calls for metric in Judged}
    assert list(calls.values()) == [2, 3, 5, 1, 4]
    taken = expense(Judged.CONTEXT_RECALL, **given).usage
    assert (taken.input_tokens, taken.estimated) == (900 + 100 + 5 * 200, True)
    assert [metric for metric in Judged if not needs_reference(metric)] == [
        Judged.FAITHFULNESS,
        Judged.ANSWER_RELEVANCY,
    ]
