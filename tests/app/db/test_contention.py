"""Chains, keys and counts stay right when several processes work on the same rows at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from app.audit.chain import Entry, append, link
from app.audit.tables import AuditEvent, AuditHead
from app.clock import FixedClock, SystemClock
from app.db.engine import Database, open_database
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.idempotency.keeper import LEASE, Answer, Claim, IdempotencyInFlight, IdempotencyKeeper, IdempotencyMismatch
from app.idempotency.tables import IdempotencyRecord
from app.limits.ports import Allowance
from app.limits.sql import SqlRateCounter
from app.limits.tables import Counters
from app.secrets import Secrets
from tests.app.db.conftest import Neighbour
from tests.world.lanes import writing
from tests.world.platform import unique

MINUTE = 60
RECORDS = IdempotencyRecord.metadata.tables["idempotency_records"]
NAMES = [column.key for column in AuditEvent.__table__.c]


@pytest.fixture
async def elsewhere(address: str) -> AsyncIterator[Database]:
    """The same database as another process has it open."""
    database = open_database(address)
    yield database
    await database.dispose()


def entry(tenant: str, action: str) -> Entry:
    return Entry(tenant, action, SystemClock().now(), details={"text": "grüße 🦊", "number": 1, "none": None})


def add(engine: Engine, tenants: list[str], action: str) -> None:
    with engine.begin() as connection:
        append(connection, [entry(tenant, action) for tenant in tenants])


async def test_a_chain_two_processes_add_to_has_no_gap_and_no_fork(
    database: Database, elsewhere: Database, transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    tenants = [ours.id, theirs.id]
    ways = [
        asyncio.to_thread(add, engine.lanes, tenants[:: 1 if number % 2 else -1], f"test.{number}")
        for number in range(20)
        for engine in (database, elsewhere)
    ]
    await asyncio.gather(*ways)
    for tenant in tenants:
        async with transactions.open(Reach.one(tenant), writes=False) as transaction:
            session = transaction.session
            events = (await session.scalars(select(AuditEvent).order_by(AuditEvent.number))).all()
            head = await session.get_one(AuditHead, tenant)
            columns = [{name: getattr(event, name) for name in NAMES} for event in events]
        assert [event.number for event in events] == list(range(1, 41))
        assert [event.previous for event in events] == ["", *(event.digest for event in events[:-1])]
        assert [link(row) for row in columns] == [event.digest for event in events]
        assert (head.number, head.digest) == (40, events[-1].digest)


class Keys:
    """A keeper, asked for one tenant."""

    def __init__(self, transactions: Transactions, tenant: str) -> None:
        self.keeper = IdempotencyKeeper(transactions, Secrets(b"k" * 32))
        self.transactions = transactions
        self.tenant = tenant

    async def begin(self, key: str, fingerprint: str = "same", caller: str = "ada") -> Claim:
        return await self.keeper.begin(tenant_id=self.tenant, caller=caller, key=key, fingerprint=fingerprint)

    async def complete(self, claim: Claim, body: str = "done") -> None:
        async with self.transactions.open(Reach.one(self.tenant)) as transaction:
            await self.keeper.complete(transaction, claim, Answer(201, {"etag": '"1"'}, body))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture
def here(database: Database, clock: FixedClock, ours: Neighbour) -> Keys:
    return Keys(Transactions(database, clock), ours.id)


@pytest.fixture
def there(elsewhere: Database, clock: FixedClock, ours: Neighbour) -> Keys:
    return Keys(Transactions(elsewhere, clock), ours.id)


async def test_of_many_who_claim_a_key_at_once_exactly_one_may_run(here: Keys, there: Keys) -> None:
    for _ in range(5):
        key = unique("key")
        claims = (keys.begin(key) for _ in range(6) for keys in (here, there))
        outcomes = await asyncio.gather(*claims, return_exceptions=True)
        assert Counter(type(outcome) for outcome in outcomes) == {Claim: 1, IdempotencyInFlight: 11}


async def test_different_keys_do_not_stand_in_each_others_way(here: Keys, there: Keys) -> None:
    claims = await asyncio.gather(*(keys.begin(unique("key")) for _ in range(15) for keys in (here, there)))
    assert all(claim.answer is None for claim in claims)


async def test_the_answer_is_there_for_every_process_and_no_other_request_or_caller(here: Keys, there: Keys) -> None:
    key = unique("key")
    claim = await here.begin(key)
    await here.complete(claim, "secret shown once")
    again = await there.begin(key)
    assert again.answer == Answer(201, {"etag": '"1"'}, "secret shown once")
    with pytest.raises(IdempotencyMismatch):
        await there.begin(key, fingerprint="other")
    assert (await there.begin(key, caller="grace")).answer is None


async def test_two_long_keys_are_told_apart_to_their_last_letter(here: Keys) -> None:
    await here.complete(await here.begin("k" * 2000 + "a"))
    assert (await here.begin("k" * 2000 + "b")).answer is None


async def test_a_kept_answer_cannot_be_read_in_the_database(here: Keys, database: Database) -> None:
    claim = await here.begin(unique("key"))
    await here.complete(claim, "secret shown once")
    with database.lanes.connect() as connection:
        row = connection.execute(select(RECORDS).where(RECORDS.c.id == claim.id)).one()
    assert "secret shown once" not in str(row)


async def test_a_claim_whose_process_died_is_free_after_its_lease(here: Keys, there: Keys, clock: FixedClock) -> None:
    key = unique("key")
    dead = await here.begin(key)
    with pytest.raises(IdempotencyInFlight):
        await there.begin(key)
    clock.advance(LEASE + timedelta(seconds=1))
    heir = await there.begin(key)
    assert heir.answer is None
    with pytest.raises(IdempotencyInFlight):
        await here.complete(dead)  # it was not dead, only slow: its whole transaction is undone
    await there.complete(heir)
    assert (await here.begin(key)).answer is not None


async def test_giving_up_frees_ones_own_claim_alone(here: Keys, there: Keys, clock: FixedClock) -> None:
    key = unique("key")
    slow = await here.begin(key)
    clock.advance(LEASE + timedelta(seconds=1))
    await there.begin(key)
    await here.keeper.give_up(slow)
    with pytest.raises(IdempotencyInFlight):
        await here.begin(key)


async def test_answers_are_forgotten_after_a_day(here: Keys, clock: FixedClock) -> None:
    key = unique("key")
    await here.complete(await here.begin(key))
    clock.advance(timedelta(hours=23))
    assert (await here.begin(key)).answer is not None
    clock.advance(timedelta(hours=2))
    assert (await here.begin(key, fingerprint="other")).answer is None
    clock.advance(timedelta(hours=25))
    await here.keeper.sweep()


@pytest.fixture
async def counters(database: Database, elsewhere: Database) -> AsyncIterator[list[SqlRateCounter]]:
    """Two processes that count together, at a moment that stands still."""
    async with writing(database) as connection:
        Counters.metadata.create_all(connection)
    moment = 1_800_000_000.0 // MINUTE * MINUTE
    made = [SqlRateCounter(engine.lanes, lambda: moment) for engine in (database, elsewhere)]
    yield made
    for counter in made:
        await counter.aclose()


async def test_two_processes_let_exactly_the_limit_through(counters: list[SqlRateCounter]) -> None:
    shared, own = unique("tenant"), [unique("key"), unique("key")]
    asked = (
        counter.take([Allowance(own[place], 40), Allowance(shared, 25)])
        for _ in range(30)
        for place, counter in enumerate(counters)
    )
    verdicts = await asyncio.gather(*asked)
    assert sum(verdict.allowed for verdict in verdicts) == 25


async def test_what_one_limit_refuses_is_not_counted_against_the_others(counters: list[SqlRateCounter]) -> None:
    narrow, wide = Allowance(unique("key"), 1), Allowance(unique("tenant"), 3)
    here, there = counters
    assert [(await here.take([narrow, wide])).allowed for _ in range(3)] == [True, False, False]
    assert [(await there.take([wide])).allowed for _ in range(3)] == [True, True, False]


async def test_counters_that_first_meet_a_name_at_once_do_not_deadlock(counters: list[SqlRateCounter]) -> None:
    for _ in range(10):
        names = [unique("name") for _ in range(4)]
        forth, back = ([Allowance(name, 100) for name in order] for order in (names, names[::-1]))
        verdicts = await asyncio.gather(counters[0].take(forth), counters[1].take(back))
        assert all(verdict.allowed for verdict in verdicts)
