"""A platform on which nobody does jobs but the test, and a persona whose model is a scripted server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from app.db.transaction import Transaction
from app.jobs.work import Outcome
from evals.tables import EvalAnswer, EvalRun, EvalScore
from evals.values import Case
from tasks.jobs.evaluate import run_evaluation
from tests.world import openai_answers as says
from tests.world.interviewing import held_by_hand
from tests.world.measuring import Bench, bench
from tests.world.people import organisation
from tests.world.platform import Running, fresh
from tests.world.served import model_on
from tests.world.upstream import Upstream, upstream


@dataclass
class Quiet:
    """A bench on a platform where runs wait until the test works on them."""

    mine: Bench
    up: Upstream
    running: Running
    root: httpx.AsyncClient

    async def work(self, run_id: str) -> Outcome:
        """Do a turn at a run."""
        return await run_evaluation(self.running.platform, held_by_hand(self.mine.acme.id, run_id))

    async def run(self, run_id: str) -> EvalRun:
        """Its row."""
        async with self._open() as transaction:
            return await transaction.session.get_one(EvalRun, run_id)

    async def answers(self, run_id: str) -> list[EvalAnswer]:
        """The rows of its answers."""
        async with self._open() as transaction:
            wanted = select(EvalAnswer).where(EvalAnswer.run_id == run_id).order_by(EvalAnswer.position)
            return list(await transaction.session.scalars(wanted))

    async def scores(self, run_id: str) -> list[EvalScore]:
        """The rows of what they are worth."""
        async with self._open() as transaction:
            return list(await transaction.session.scalars(select(EvalScore).where(EvalScore.run_id == run_id)))

    def _open(self) -> AbstractAsyncContextManager[Transaction]:
        return self.running.platform.transactions.open(Reach.one(self.mine.acme.id), writes=False)


def questions(number: int) -> list[Case]:
    """So many, all about the harbour."""
    return [Case(f"q{place}", f"When does the harbour master close the harbour, {place}?") for place in range(number)]


@pytest.fixture(scope="session")
async def still() -> AsyncIterator[Running]:
    async with fresh(deeds={}) as running:
        yield running


@pytest.fixture
async def quiet(still: Running) -> AsyncIterator[Quiet]:
    acme = await organisation(still)
    async with upstream() as up, still.client(still.root_key) as root:
        up.says(says.completion("The harbour master closes the harbour at dusk [1]."))
        model = await model_on(root, up, input_price_per_mtok="1000", output_price_per_mtok="1000")
        yield Quiet(await bench(acme, model_slug=model.slug), up, still, root)
    await acme.aclose()
