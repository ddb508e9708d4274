"""Reserving before a call: budgets hold, whoever asks at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from app.accounting.calls import OpenCall
from app.accounting.errors import BudgetExceeded
from app.accounting.ledger import THROTTLED_PER_MINUTE, Ledger
from app.accounting.reserving import MARGIN
from app.limits.errors import RateLimited
from tests.app.accounting.world import NOON, Books


async def let_through(*asked: tuple[Ledger, OpenCall]) -> Sequence[OpenCall]:
    """Ask for all of them at once; those that may go ahead."""
    answers = await asyncio.gather(*(ledger.reserve(call) for ledger, call in asked), return_exceptions=True)
    assert all(answer is True or isinstance(answer, BudgetExceeded) for answer in answers), answers
    return [call for (_, call), answer in zip(asked, answers, strict=True) if answer is True]


async def test_fifty_calls_at_once_overshoot_a_budget_by_no_more_than_one_estimate(books: Books) -> None:
    budget = await books.budget(cost_limit=Decimal("1.00"))
    async with books.ledger() as ledger:
        through = await let_through(*((ledger, books.asked(cost=Decimal("0.15"))) for _ in range(50)))
        assert len(through) == 7  # six are 0.90, the seventh crosses
        for call in through:
            ledger.settle(books.finished(call, cost=Decimal("0.15")))
        with pytest.raises(BudgetExceeded):
            await ledger.reserve(books.asked())
    [spent] = (await books.spent(budget)).values()
    assert spent.cost == Decimal("1.05")
    assert await books.reservations(budget) == 0


async def test_two_processes_share_one_budget_exactly(books: Books) -> None:
    await books.budget(request_limit=10)
    async with books.ledger("one") as one, books.ledger("two") as two:
        asked = [(ledger, books.asked()) for _ in range(25) for ledger in (one, two)]
        through: list[OpenCall] = []
        for start in range(0, 50, 5):  # many rounds, so that the two really meet in the database
            through += await let_through(*asked[start : start + 5])
        assert len(through) == 10


async def test_a_limit_of_three_requests_refuses_the_fourth_of_a_patient_client(books: Books) -> None:
    budget = await books.budget(request_limit=3)
    async with books.ledger() as ledger:
        for _ in range(3):
            call = books.asked(tokens=1000)
            await ledger.reserve(call)
            ledger.settle(books.finished(call))
        with pytest.raises(BudgetExceeded) as refusal:
            await ledger.reserve(books.asked())
    assert refusal.value.code == "BUDGET_EXCEEDED"
    assert refusal.value.retry_after == 86400  # the month ends in weeks, but nobody is sent away for longer than a day
    [spent] = (await books.spent(budget)).values()
    assert (spent.tokens, spent.requests) == (45, 3)


async def test_the_end_of_the_day_is_when_to_come_back_and_a_total_never_comes_back(books: Books) -> None:
    await books.budget("user", books.acme.people["user"].id, request_limit=0, period="daily")
    async with books.ledger() as ledger:
        with pytest.raises(BudgetExceeded, match="Your own budget") as daily:
            await ledger.reserve(books.asked())
        assert daily.value.retry_after == 12 * 3600
        await books.budget(request_limit=0, period="total")
        with pytest.raises(BudgetExceeded, match=r"your tenant is used up\.$") as total:
            await ledger.reserve(books.asked())
        assert total.value.retry_after is None


async def test_embeddings_are_no_requests_but_cost_what_they_cost(books: Books) -> None:
    await books.budget(request_limit=0)
    async with books.ledger() as ledger:
        await ledger.reserve(books.asked(operation="embedding"))
        await books.budget(token_limit=5)
        call = books.asked(operation="embedding", tokens=5)
        await ledger.reserve(call)
        with pytest.raises(BudgetExceeded):
            await ledger.reserve(books.asked(operation="embedding"))


async def test_a_call_that_reached_no_backend_is_no_request(books: Books) -> None:
    budget = await books.budget(request_limit=1)
    async with books.ledger() as ledger:
        for backend in (None, "bck_1"):
            call = books.asked()
            await ledger.reserve(call)
            ledger.settle(books.finished(call, backend_id=backend, outcome="failed", input_tokens=0, output_tokens=0))
        with pytest.raises(BudgetExceeded):
            await ledger.reserve(books.asked())
    [spent] = (await books.spent(budget)).values()
    assert spent.requests == 1


@pytest.mark.parametrize("scope", ["partner", "tenant", "user", "group"])
async def test_every_scope_of_the_caller_counts_and_nobody_elses(books: Books, scope: str) -> None:
    acme = books.acme
    ids = {"partner": acme.partner_id, "tenant": acme.id, "user": acme.people["user"].id, "group": "grp_writers"}
    await books.budget(scope, ids[scope], request_limit=0)
    async with books.ledger() as ledger:
        with pytest.raises(BudgetExceeded):
            await ledger.reserve(books.asked(groups=frozenset({"grp_readers", "grp_writers"})))
        stranger = {"partner_id": "prt_x", "tenant_id": "tnt_x", "user_id": "usr_x"}
        await ledger.reserve(books.asked(**stranger, groups=frozenset({"grp_readers"})))


async def test_what_a_dead_process_reserved_is_void_after_its_lease(books: Books) -> None:
    await books.budget(request_limit=1)
    async with books.ledger() as ledger:
        await ledger.reserve(books.asked(timeout_seconds=30))  # and nobody ever settles it
        books.clock.advance(timedelta(seconds=30) + MARGIN - timedelta(seconds=1))
        with pytest.raises(BudgetExceeded):
            await ledger.reserve(books.asked())
        books.clock.advance(timedelta(seconds=1))
        await ledger.reserve(books.asked())


async def test_what_was_reserved_for_nothing_can_be_given_back(books: Books) -> None:
    budget = await books.budget(request_limit=1)
    async with books.ledger() as ledger:
        call = books.asked()
        await ledger.reserve(call)
        ledger.release(call.id)
        await ledger.reserve(books.asked())
    assert await books.reservations(budget) == 1


async def test_a_caller_who_goes_away_while_asking_leaves_nothing_behind(books: Books) -> None:
    budget = await books.budget(request_limit=5)
    async with books.ledger() as ledger:
        tasks = [asyncio.create_task(ledger.reserve(books.asked())) for _ in range(5)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert await books.reservations(budget) == 0


async def test_notify_refuses_nobody_and_throttle_lets_a_few_through(books: Books) -> None:
    await books.budget(request_limit=0, hard_action="notify")
    async with books.ledger() as ledger:
        await ledger.reserve(books.asked())
        budget = await books.budget(request_limit=0, hard_action="throttle")
        for _ in range(THROTTLED_PER_MINUTE):
            await ledger.reserve(books.asked())
        with pytest.raises(RateLimited) as refusal:
            await ledger.reserve(books.asked())
        assert refusal.value.retry_after
    assert await books.reservations(budget) == THROTTLED_PER_MINUTE


async def test_a_new_or_lifted_budget_is_in_force_for_the_very_next_call(books: Books) -> None:
    async with books.ledger() as ledger:
        await ledger.reserve(books.asked())
        budget = await books.budget(request_limit=0)
        with pytest.raises(BudgetExceeded):
            await ledger.reserve(books.asked())
        async with books.opened() as transaction:
            await transaction.session.delete(budget)
        await ledger.reserve(books.asked())


async def test_a_new_period_starts_from_nothing_and_late_calls_count_where_they_were_made(books: Books) -> None:
    budget = await books.budget(request_limit=1, period="daily")
    async with books.ledger() as ledger:
        call = books.asked()
        await ledger.reserve(call)
        late = books.finished(call)
        books.clock.advance(timedelta(hours=12))
        ledger.settle(late)
        await ledger.reserve(books.asked())
    midnight = NOON.replace(hour=0)
    assert {start: spent.requests for start, spent in (await books.spent(budget)).items()} == {
        midnight: 1,
        midnight + timedelta(days=1): 0,
    }
