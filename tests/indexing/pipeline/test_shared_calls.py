"""Documents that are embedded at the same moment share calls to the model, and nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from app.inference.errors import UpstreamShapeMismatch
from indexing.collections.tables import Collection
from indexing.pipeline.shared_calls import MOST_CHARACTERS, MOST_TEXTS, Account
from tests.indexing.pipeline.conftest import Bench
from tests.world.embedder import vector_of
from tests.world.patience import until


async def account(bench: Bench) -> Account:
    """Whoever owns the papers, and their model."""
    papers = bench.papers
    async with bench.workshop.transactions.open(Reach.one(papers.tenant_id), writes=False) as transaction:
        model = await transaction.session.scalar(select(Collection.embedding_model).where(Collection.id == papers.id))
    return Account(papers.tenant_id, papers.owner_id, str(model))


def ask(bench: Bench, payer: Account, *texts: str) -> asyncio.Task[Any]:
    return asyncio.create_task(bench.workshop.calls.embed(payer, texts))


async def test_who_comes_while_a_call_is_under_way_shares_the_next_one(bench: Bench) -> None:
    payer = await account(bench)
    bench.model.pause.clear()
    asked = [ask(bench, payer, f"text {number}") for number in range(20)]
    await asyncio.sleep(0)
    bench.model.pause.set()
    vectors = await asyncio.gather(*asked)
    assert [len(call) for call in bench.model.calls] == [1, 19]
    for number, rows in enumerate(vectors):
        np.testing.assert_allclose(rows, [vector_of(f"text {number}")], atol=1e-6)


async def test_a_model_that_answers_at_once_is_not_asked_for_each_one_who_comes(bench: Bench) -> None:
    payer = await account(bench)
    await ask(bench, payer, "the first of all, which waits for nobody")
    asked = []
    for number in range(6):
        asked.append(ask(bench, payer, f"text {number}"))
        await asyncio.sleep(0.005)
    vectors = await asyncio.gather(*asked)
    assert len(bench.model.calls) < 1 + len(asked), "those who come one after the other share calls"
    for number, rows in enumerate(vectors):
        np.testing.assert_allclose(rows, [vector_of(f"text {number}")], atol=1e-6)


MANY, LONG = [f"text {number}" for number in range(MOST_TEXTS)], ["long " * (MOST_CHARACTERS // 5)]


@pytest.mark.parametrize("texts", [MANY, LONG], ids=["many", "long"])
async def test_what_fills_a_call_waits_for_nobody(bench: Bench, texts: list[str]) -> None:
    payer = await account(bench)
    bench.model.pause.clear()
    asked = [ask(bench, payer, *texts) for _ in range(3)]
    await until(lambda: len(bench.model.asked) == 3)
    bench.model.pause.set()
    await asyncio.gather(*asked)
    assert [len(call) for call in bench.model.calls] == [len(texts)] * 3


async def test_a_call_that_takes_long_is_waited_for_by_no_more_than_one_other(bench: Bench) -> None:
    payer = await account(bench)
    bench.model.pause.clear()
    asked = [ask(bench, payer, f"text {number}") for number in range(20)]
    await until(lambda: len(bench.model.asked) == 2)
    late = ask(bench, payer, "late")
    await asyncio.sleep(0.2)
    assert len(bench.model.asked) == 2, "a third is made only of what fills a call"
    bench.model.pause.set()
    await asyncio.gather(*asked, late)
    assert sorted(map(len, bench.model.calls)) == [1, 1, 19]


async def test_what_is_wrong_with_one_text_costs_the_others_nothing(bench: Bench) -> None:
    payer, bad = await account(bench), vector_of("bad").tolist()
    bench.model.spoil = lambda rows: [[0.0] * len(row) if np.allclose(row, bad) else row for row in rows]
    bench.model.pause.clear()
    asked = [ask(bench, payer, text) for text in ("one", "two", "three", "bad", "five")]
    await asyncio.sleep(0)
    bench.model.pause.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(answer, UpstreamShapeMismatch) for answer in answers] == [False, False, False, True, False]


async def test_nobody_pays_twice_for_sharing_and_who_leaves_takes_nobody_along(bench: Bench) -> None:
    payer = await account(bench)
    bench.model.pause.clear()
    asked = [ask(bench, payer, f"text {number}") for number in range(6)]
    await asyncio.sleep(0)
    asked[0].cancel()
    asked[4].cancel()
    bench.model.pause.set()
    await asyncio.wait(asked)
    assert [task.cancelled() for task in asked] == [True, False, False, False, True, False]
    await until(lambda: bench.model.texts.total() >= 4)
    assert set(bench.model.texts.values()) == {1}


async def test_each_account_has_calls_of_its_own(bench: Bench) -> None:
    first = await account(bench)
    payers = [first, Account(first.tenant_id, "usr_somebody_who_is_gone", first.model)]
    bench.model.pause.clear()
    asked = [ask(bench, payer, f"{payer.user_id} {number}") for number in range(5) for payer in payers]
    await asyncio.sleep(0)
    bench.model.pause.set()
    await asyncio.gather(*asked)
    for call in bench.model.calls:
        assert len({text.split()[0] for text in call}) == 1
    assert len(bench.model.calls) == 2 * len(payers)
