"""Settling after a call: exact sums, each call once, whatever happens in between."""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, insert, select

from app.accounting.book import Amount
from app.accounting.bookkeeper import Bookkeeper
from app.accounting.calls import FinishedCall
from app.accounting.errors import BudgetExceeded
from app.accounting.journal import Journal
from app.accounting.ledger import Ledger
from app.accounting.periods import start_of
from app.accounting.settling import Announcement
from app.accounting.tables import Budget, BudgetSpend, UsageEvent
from app.clock import FixedClock
from app.db.base import Base
from app.db.engine import prepare_sqlite
from app.identity.tables import Partner, Tenant
from tests.app.accounting.world import NOON, Books
from tests.world.patience import eventually, until


@dataclass(frozen=True, slots=True)
class Step:
    """A call of somebody, some time after the one before, and whether its line is written twice."""

    user: str
    cost: Decimal
    tokens: int
    operation: str
    after: timedelta
    twice: bool


STEPS = st.lists(
    st.builds(
        Step,
        user=st.sampled_from(["usr_a", "usr_b"]),
        cost=st.decimals(0, 50, places=12),
        tokens=st.integers(0, 10_000),
        operation=st.sampled_from(["chat", "embedding"]),
        after=st.timedeltas(timedelta(0), timedelta(hours=20)),
        twice=st.booleans(),
    ),
    min_size=1,
    max_size=25,
)
BUDGETS = [
    ("bud_day", "tenant", "tnt_1", "daily"),
    ("bud_week", "user", "usr_a", "weekly"),
    ("bud_month", "partner", "prt_1", "monthly"),
    ("bud_ever", "group", "grp_b", "total"),
]


@settings(max_examples=25, deadline=None)
@given(STEPS, st.sets(st.integers(0, 24)))
def test_sums_are_those_of_a_patient_clerk(steps: Sequence[Step], rounds_after: set[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/x.db")
        prepare_sqlite(engine, synchronous="OFF")
        with engine.begin() as connection:
            _found(connection)
        clock = FixedClock(NOON)
        journal = Journal(Path(folder) / "journal")
        keeper = Bookkeeper(engine, clock, journal, lambda _connection, _news: None)
        clerk: defaultdict[tuple[str, object], Amount] = defaultdict(Amount)
        for number, step in enumerate(steps):
            clock.advance(step.after)
            call = _call(number, step, clock)
            for _ in range(2 if step.twice else 1):
                journal.append(call.line())
            for budget, _scope, scope_id, period in BUDGETS:
                if scope_id in call.scopes:
                    clerk[budget, start_of(period, clock.now())] += Amount(call.cost, call.tokens, call.requests)
            if number in rounds_after:
                keeper.work([None])
        keeper.work([None])
        with engine.connect() as connection:
            row = BudgetSpend
            booked = connection.execute(select(row.budget_id, row.period_start, row.cost, row.tokens, row.requests))
            assert {
                (budget, at): Amount(cost, tokens, requests) for budget, at, cost, tokens, requests in booked
            } == clerk
            assert len(connection.scalars(select(UsageEvent.id)).all()) == len(steps)
        journal.close()
        engine.dispose()


def _found(connection: Connection) -> None:
    Base.metadata.create_all(connection)
    born = {"created_at": NOON, "updated_at": NOON, "version": 1}
    connection.execute(insert(Partner).values(id="prt_1", slug="p", display_name="P", **born))
    tenant = {"id": "tnt_1", "partner_id": "prt_1", "slug": "t", "display_name": "T", "settings": {}}
    connection.execute(insert(Tenant).values(status="active", **tenant, **born))
    terms = {"name": "", "cost_limit": Decimal(1), "hard_action": "block", "soft_limit_pct": 0.8, "authority": "tenant"}
    for budget, scope, scope_id, period in BUDGETS:
        tenant_id = None if scope == "partner" else "tnt_1"
        place = {"partner_id": "prt_1", "tenant_id": tenant_id, "scope": scope, "scope_id": scope_id}
        connection.execute(insert(Budget).values(id=budget, period=period, **place, **terms, **born))


def _call(number: int, step: Step, clock: FixedClock) -> FinishedCall:
    return FinishedCall(
        id=f"use_{number}",
        created_at=clock.now(),
        partner_id="prt_1",
        tenant_id="tnt_1",
        user_id=step.user,
        key_id=None,
        groups=frozenset({"grp_b"} if step.user == "usr_b" else ()),
        model="m",
        model_id="mdl",
        backend_id="bck",
        operation="chat" if step.operation == "chat" else "embedding",
        outcome="ok",
        input_tokens=step.tokens,
        output_tokens=0,
        estimated=False,
        cost=step.cost,
        latency_ms=1.0,
        ttft_ms=None,
        request_id="req",
    )


async def test_a_call_is_in_the_books_soon_after_its_end_without_being_asked_for(books: Books) -> None:
    async with books.ledger() as ledger:
        ledger.settle(books.finished())
        await eventually(books.events)
        await until(lambda: _journal_bytes(books) == 0)


async def test_closing_books_everything_and_leaves_no_file(books: Books) -> None:
    async with books.ledger() as ledger:
        for _ in range(500):
            ledger.settle(books.finished())
    assert len(await books.events()) == 500
    assert not list((books.folder / "journal").iterdir())


async def test_two_processes_that_reserve_and_settle_at_once_add_up_exactly(books: Books) -> None:
    tenants = await books.budget(cost_limit=Decimal(1000))
    users = await books.budget("user", books.acme.people["user"].id, token_limit=10**6, period="daily")

    async def client(ledger: Ledger) -> None:
        for _ in range(10):
            call = books.asked(cost=Decimal(1), tokens=20)
            await ledger.reserve(call)
            ledger.settle(books.finished(call, cost=Decimal("0.000000000001")))

    async with books.ledger("one") as one, books.ledger("two") as two:
        await asyncio.gather(*(client(ledger) for _ in range(10) for ledger in (one, two)))
    for budget in (tenants, users):
        [spent] = (await books.spent(budget)).values()
        assert spent == Amount(Decimal("0.000000000200"), 3000, 200)
        assert await books.reservations(budget) == 0


async def test_two_processes_that_book_on_one_budget_and_ask_for_another_do_not_lock_each_other_out(
    books: Books,
) -> None:
    budgets = [await books.budget("group", name, cost_limit=Decimal(1000)) for name in ("grp_a", "grp_b")]

    async def client(ledger: Ledger, *names: str) -> None:
        for place in range(20):
            call = books.asked(groups=frozenset([names[place % 2]]))
            await ledger.reserve(call)
            ledger.settle(books.finished(call, cost=Decimal(1)))

    async with books.ledger("one") as one, books.ledger("two") as two:
        await asyncio.gather(client(one, "grp_a", "grp_b"), client(two, "grp_b", "grp_a"))
    for budget in budgets:
        [spent] = (await books.spent(budget)).values()
        assert spent.cost == Decimal(20)
        assert await books.reservations(budget) == 0


async def test_thresholds_are_told_once_each_and_again_in_the_next_period(books: Books) -> None:
    budget = await books.budget(cost_limit=Decimal(1), hard_action="notify", period="daily")
    async with books.ledger() as ledger:
        for day in (1, 2):
            for _ in range(12):
                ledger.settle(books.finished(cost=Decimal("0.1")))
                await ledger.start()
            assert len(books.told_of("budget.soft_limit_reached")) == day
            assert len(books.told_of("budget.hard_limit_reached")) == day
            books.clock.advance(timedelta(days=1))
    soft, hard = books.told_of("budget.soft_limit_reached")[0], books.told_of("budget.hard_limit_reached")[0]
    assert soft.tenant_id == books.acme.id
    assert soft.payload["budget_id"] == budget.id
    assert (soft.payload["spent"]["cost"], hard.payload["spent"]["cost"]) == ("0.8", "1")
    assert soft.payload["period_start"] == "2026-03-11T00:00:00.000Z"
    assert soft.payload["limit"] == {"cost": "1", "tokens": None, "requests": None}


async def test_a_partners_budget_is_told_of_in_the_tenant_that_crossed_it(books: Books) -> None:
    await books.budget("partner", books.acme.partner_id, request_limit=1)
    async with books.ledger() as ledger:
        ledger.settle(books.finished())
    [news] = books.told_of("budget.hard_limit_reached")
    assert news.tenant_id == books.acme.id
    assert (news.payload["spent"], news.payload["limit"]) == (None, None), "what sister tenants spent is theirs"


async def test_every_completed_call_is_told_of_by_its_facts_alone(books: Books) -> None:
    async with books.ledger() as ledger:
        call = books.finished(cost=Decimal("0.000001"))
        ledger.settle(call)
    [news] = books.told_of("request.completed")
    assert news.payload["id"] == call.id
    assert news.payload["cost"] == "0.000001"
    assert "groups" not in news.payload


async def test_a_call_that_cannot_be_booked_stands_in_nobodys_way_and_is_kept(books: Books) -> None:
    async with books.ledger() as ledger:
        good = [books.finished() for _ in range(3)]
        ledger.settle(good[0])
        ledger.settle(books.finished(tenant_id="tnt_gone"))
        ledger.settle(books.finished(input_tokens=10**30))
        ledger.settle(good[1])
        ledger.settle(good[2])
    assert {event.id for event in await books.events()} == {call.id for call in good}
    kept = (books.folder / "journal" / "refused.ndjson").read_bytes().splitlines()
    assert {FinishedCall.from_line(line).tenant_id for line in kept} == {"tnt_gone", books.acme.id}


async def test_who_asks_right_after_a_call_that_cannot_be_booked_is_answered_by_what_could(books: Books) -> None:
    await books.budget(request_limit=2)
    async with books.ledger() as ledger:
        for call in (books.finished(), books.finished(tenant_id="tnt_gone"), books.finished(input_tokens=10**30)):
            ledger.settle(call)
        given_up = books.asked()
        ledger.release(given_up.id)
        await ledger.reserve(given_up)
        await ledger.reserve(books.asked())
        with pytest.raises(BudgetExceeded):
            await ledger.reserve(books.asked())
    assert len(await books.events()) == 1


async def test_while_booking_fails_calls_wait_in_the_journal_and_come_once(books: Books) -> None:
    away = True

    def announce(_connection: Connection, _news: Sequence[Announcement]) -> None:
        if away:
            raise ConnectionError("the database went away in the middle of it")

    budget = await books.budget(cost_limit=Decimal(100))
    async with books.ledger(announce=announce) as ledger:
        for _ in range(20):
            ledger.settle(books.finished(cost=Decimal("0.1")))
        await asyncio.sleep(0.3)
        assert await books.events() == []
        assert _journal_bytes(books) > 0
        away = False
    assert len(await books.events()) == 20
    [spent] = (await books.spent(budget)).values()
    assert spent.cost == Decimal(2)


@pytest.mark.parametrize("copies", [2, 3])
async def test_a_line_met_again_changes_nothing(books: Books, copies: int) -> None:
    budget = await books.budget(request_limit=100)
    call = books.finished()
    for _ in range(copies):
        async with books.ledger() as ledger:
            ledger.settle(call)
    [spent] = (await books.spent(budget)).values()
    assert spent.requests == 1


def _journal_bytes(books: Books) -> int:
    return sum(path.stat().st_size for path in (books.folder / "journal").glob("*.jsonl"))
