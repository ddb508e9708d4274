"""Who may read, and which reading counts, step by step; nothing reads by itself here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.mirroring import record_mirroring
from app.clock import SystemClock
from app.db.tenancy import Reach
from app.identity.directory.mirror import Mirror, Outcome
from app.identity.directory.reading import Fault, Reading
from app.identity.directory.turns import Turn, Turns, mirror_held
from app.identity.tables import Group, Tenant
from tests.app.identity.directory.world import Followed, followed
from tests.world.platform import Running
from tests.world.scaikey import ScaiKey


@pytest.fixture
async def still(running: Running, provider: ScaiKey) -> AsyncIterator[Followed]:
    """A tenant on a platform that follows nobody."""
    async with followed(running, provider) as made:
        yield made


@pytest.fixture
def turns(running: Running) -> Turns:
    return Turns(running.platform.transactions, timedelta(hours=1))


@pytest.fixture
def mirror(running: Running, turns: Turns) -> Mirror:
    return Mirror(running.platform.transactions, turns, record_mirroring)


async def begun(turns: Turns, tenant: Followed) -> Turn:
    turn = await turns.begin(tenant.here.id)
    assert turn is not None
    return turn


def named(name: str) -> Reading:
    return Reading({"staff": name}, frozenset(), frozenset())


async def test_of_many_who_want_a_turn_one_gets_it(turns: Turns, still: Followed) -> None:
    assert still.here.id in await turns.due()
    taken = await asyncio.gather(*(turns.begin(still.here.id) for _ in range(6)))
    assert len([turn for turn in taken if turn is not None]) == 1
    assert still.here.id not in await turns.due()


async def test_what_counts_is_what_began_later(turns: Turns, mirror: Mirror, still: Followed) -> None:
    older = await begun(turns, still)
    await turns.give_back(older)
    newer = await begun(turns, still)
    assert await mirror.apply(newer, named("New")) is Outcome.APPLIED
    assert await mirror.apply(older, named("Old")) is Outcome.SUPERSEDED
    await turns.fail(older, Fault.AWAY)
    stands = await still.mirror()
    assert stands is not None
    assert (stands.applied, stands.failures, list((await still.groups()).values())) == (newer.number, 0, ["New"])


async def test_an_older_reading_applied_while_a_newer_one_was_compared_does_not_stay(
    turns: Turns, mirror: Mirror, still: Followed
) -> None:
    first = await begun(turns, still)
    await mirror.apply(first, named("New"))
    await turns.give_back(first)
    older = await begun(turns, still)
    await turns.give_back(older)
    newer = await begun(turns, still)
    async with still.running.platform.transactions.open(Reach.one(still.here.id)) as transaction:
        stands = await mirror_held(transaction.session, still.here.id)
        applying = asyncio.create_task(mirror.apply(newer, named("New")))  # sees no difference, and waits for us
        await asyncio.sleep(0.5)
        stands.applied = older.number
        group = await transaction.session.scalar(select(Group))
        assert group is not None
        group.name = "Old"
    assert await applying is Outcome.APPLIED
    assert list((await still.groups()).values()) == ["New"]


async def test_a_reading_of_another_tenant_of_scaikey_is_not_applied(
    turns: Turns, mirror: Mirror, still: Followed
) -> None:
    turn = await begun(turns, still)
    async with still.running.platform.transactions.open(Reach.everywhere()) as transaction:
        (await transaction.session.get_one(Tenant, still.here.id)).external_id = f"{still.external}-other"
    assert await mirror.apply(turn, named("Staff")) is Outcome.SUPERSEDED
    assert await still.groups() == {}


async def test_failures_are_tried_again_later_and_later(turns: Turns, still: Followed) -> None:
    clock = SystemClock()
    for seconds in (2, 4, 8, 16):
        turn = await begun(turns, still)
        before = clock.now()
        await turns.fail(turn, Fault.AWAY)
        after, stands = clock.now(), await still.mirror()
        assert stands is not None
        assert before <= stands.due_at - timedelta(seconds=seconds) <= after
        await turns.give_back(turn)
