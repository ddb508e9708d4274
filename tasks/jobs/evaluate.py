"""The second door, jobs: from a run's job to the room that measures."""

from __future__ import annotations

from app.jobs.work import Failed, Held, Outcome
from app.wiring import Platform
from app.wiring.measuring import run_tools
from evals.runs.ending import Endings
from evals.runs.turn import RunTurn


async def run_evaluation(platform: Platform, held: Held) -> Outcome:
    """Ask on as far as one turn goes."""
    endings = Endings(platform.transactions)
    run = await endings.begin(held)
    return None if run is None else await RunTurn(run_tools(platform), held, run, endings).go()


async def evaluation_failed(platform: Platform, held: Held, why: Failed) -> None:
    """Say so on the run."""
    await Endings(platform.transactions).fail(held, why.code, why.message)
