"""Nothing is remembered but what was read to its end, in a transaction that only reads, at the epoch it was read at."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import event, text

from acl.access import Access
from acl.errors import AccessUndecided
from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import Permission
from acl.planned import AccessPlan
from acl.reading import AccessLane, Question, Reading, answer_settled
from acl.ref import ResourceRef
from acl.tables import AccessList
from app.clock import FixedClock
from app.db.base import ACCESS
from app.db.epochs import bump
from app.db.tenancy import Reach
from app.errors import Unavailable
from app.identity.errors import TokenInvalid
from app.identity.tables import User
from tests.acl.desk import Desk, desk
from tests.world.lanes import writing
from tests.world.people import Organisation, organisation
from tests.world.platform import fresh
from tests.world.shelves import Shelf, enter, shelf, withdraw

Answer = TypeVar("Answer")


@pytest.fixture
async def plans(acme: Organisation) -> Shelf:
    return await shelf(acme, "roadmap", "salaries", default_access=DefaultAccess.TENANT)


class UndoneError(Exception):
    """Somebody changed their mind."""


async def test_a_change_counts_in_its_own_transaction_at_once_and_elsewhere_when_it_is_done(
    acme: Organisation, plans: Shelf, opened: Desk
) -> None:
    user, roadmap = await opened.caller("user"), plans.documents["roadmap"]
    for undone in (True, False):
        try:
            async with opened.transactions.open(Reach.one(acme.id)) as transaction:
                resolver = opened.access.resolver(transaction.session)
                (await transaction.session.get_one(AccessList, roadmap)).inherits = False
                assert not await resolver.can(user, ResourceRef.document(roadmap), Permission.READ)
                assert await opened.visible(user, [roadmap]) == [roadmap]
                if undone:
                    raise UndoneError
        except UndoneError:
            assert await opened.visible(user, [roadmap]) == [roadmap]
    assert await opened.visible(user, [roadmap]) == []


async def test_a_reading_that_broke_off_leaves_nothing_behind() -> None:
    async with fresh() as running:
        globex = await organisation(running)
        made = await shelf(globex, "roadmap", default_access=DefaultAccess.TENANT)
        roadmap = made.documents["roadmap"]
        await enter(globex, roadmap, Effect.DENY, (PrincipalType.EVERYONE, None), permissions=1)
        async with desk(globex) as alone:
            user = await alone.caller("user")
            for there, away in (("mod_scaimatrix_aces", "away"), ("away", "mod_scaimatrix_aces")):
                async with writing(alone.database) as connection:
                    connection.execute(text(f"ALTER TABLE {there} RENAME TO {away}"))
                if away == "away":
                    with pytest.raises(AccessUndecided):
                        await alone.visible(user, [roadmap])
            assert await alone.visible(user, [roadmap]) == []


async def test_who_stops_waiting_leaves_nothing_half_known(acme: Organisation, plans: Shelf, opened: Desk) -> None:
    user, ids = await opened.caller("user"), list(plans.documents.values())
    chance = random.Random(7)
    for turn in range(30):
        denied = await enter(acme, ids[0], Effect.DENY, (PrincipalType.EVERYONE, None), permissions=1)
        waiting = [asyncio.create_task(opened.visible(user, ids)) for _ in range(4)]
        await asyncio.sleep(chance.random() / 500)
        for task in waiting[turn % 2 :]:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert await opened.visible(user, ids) == ids[1:]
        await withdraw(acme, denied)
        assert await opened.visible(user, ids) == ids


async def test_among_many_at_once_everybody_gets_their_own_answer_as_of_after_they_asked(
    acme: Organisation, plans: Shelf, opened: Desk
) -> None:
    user, viewer = await opened.caller("user"), await opened.caller("viewer")
    ids = list(plans.documents.values())
    to_user = (PrincipalType.USER, user.user_id)
    for _ in range(20):
        before = [asyncio.create_task(opened.visible(user, ids)) for _ in range(5)]
        denied = await enter(acme, ids[0], Effect.DENY, to_user, permissions=1)
        after = await asyncio.gather(*(opened.visible(who, ids) for who in [user, viewer] * 5))
        assert after == [ids[1:], ids] * 5
        assert all(seen in (ids, ids[1:]) for seen in await asyncio.gather(*before))
        await withdraw(acme, denied)


async def test_a_refusal_costs_only_the_refused(acme: Organisation, plans: Shelf, opened: Desk) -> None:
    user, viewer = await opened.caller("user"), await opened.caller("viewer")
    async with opened.transactions.open(Reach.one(acme.id)) as transaction:
        (await transaction.session.get_one(User, viewer.user_id)).status = "suspended"
    ids = list(plans.documents.values())
    answers = await asyncio.gather(*(opened.visible(who, ids) for who in [user, viewer] * 3), return_exceptions=True)
    assert answers[::2] == [ids] * 3
    assert all(isinstance(answer, TokenInvalid) for answer in answers[1::2])


async def test_without_any_room_to_remember_the_answers_are_the_same(acme: Organisation, plans: Shelf) -> None:
    async with desk(acme) as made:
        lane = AccessLane(made.database.lanes, made.access.clock, most_remembered=0)
        forgetful = replace(made, access=replace(made.access, lane=lane))
        user, ids = await made.caller("user"), list(plans.documents.values())
        await enter(acme, ids[1], Effect.DENY, (PrincipalType.EVERYONE, None), permissions=1)
        for _ in range(2):
            assert await forgetful.visible(user, ids) == ids[:1]
        lane.close()


async def test_a_writer_never_decides_by_half_of_a_change(acme: Organisation, plans: Shelf, opened: Desk) -> None:
    if opened.database.is_sqlite:
        pytest.skip("a writer on SQLite is alone")
    user, readings = await opened.caller("user"), list[int]()

    def change_meanwhile(reading: Reading) -> int:
        readings.append(reading.asking.epoch)
        if len(readings) == 1:
            with opened.database.lanes.begin() as connection:
                bump(connection, [ACCESS.format(tenant=acme.id)])
        return len(readings)

    async with opened.transactions.open(Reach.one(acme.id)) as transaction:
        assert await opened.access.resolver(transaction.session).answer(user, change_meanwhile) == 2
    assert readings[1] == readings[0] + 1


async def test_a_writer_among_others_asks_again_until_nothing_changes_meanwhile(
    acme: Organisation, opened: Desk
) -> None:
    user, scope = await opened.caller("user"), ACCESS.format(tenant=acme.id)
    readings: list[int] = []

    def changing(times: int) -> Question[int]:
        readings.clear()

        def answer(reading: Reading) -> int:
            readings.append(reading.asking.epoch)
            if len(readings) <= times:
                bump(reading.connection, [scope])
            return len(readings)

        return Question(user, acme.id, answer)

    async with writing(opened.database) as connection:
        for times in (0, 1, 4):
            assert answer_settled(connection, changing(times), opened.access.clock, alone=False) == times + 1
            assert readings == [readings[0] + change for change in range(times + 1)]
        with pytest.raises(Unavailable, match=r"^Access keeps changing; try again shortly\.$") as refused:
            answer_settled(connection, changing(5), opened.access.clock, alone=False)
        assert (refused.value.retry_after, len(readings)) == (1, 5)
        assert answer_settled(connection, changing(1), opened.access.clock, alone=True) == 1


async def test_what_is_known_is_not_made_again(acme: Organisation, plans: Shelf, opened: Desk) -> None:
    user, (one, two) = await opened.caller("user"), plans.documents.values()

    async def read(answer: Callable[[Reading], Answer]) -> Answer:
        async with opened.transactions.open(Reach.one(acme.id), writes=False) as transaction:
            return await opened.access.resolver(transaction.session).answer(user, answer)

    known = await read(lambda reading: reading.lists({one})[one].shared)
    assert await read(lambda reading: reading.lists({one, two})[one].shared) is known
    decided = await read(lambda reading: reading.cases(1).lasting)
    assert await read(lambda reading: reading.cases(1).lasting) is decided


async def test_who_writes_has_no_memory_and_leaves_nothing_in_it(acme: Organisation, opened: Desk) -> None:
    user, empty = await opened.caller("user"), AccessPlan("col_any", all_except=True, document_ids=frozenset())

    def remember(reading: Reading) -> AccessPlan | None:
        reading.remember(1, empty, grown=0)
        return reading.recalled(1, "col_any", grown=0)

    for writes, recalled in ((True, None), (False, empty), (True, None)):
        async with opened.transactions.open(Reach.one(acme.id), writes=writes) as transaction:
            assert await opened.access.resolver(transaction.session).answer(user, remember) == recalled


async def test_readers_are_answered_on_a_thread_of_its_own_until_the_lane_is_closed(
    acme: Organisation, opened: Desk
) -> None:
    user, closed = await opened.caller("user"), list[object]()
    lane = AccessLane(opened.database.lanes, opened.access.clock)
    event.listen(opened.database.lanes.pool, "close_detached", closed.append)
    question = Question(user, acme.id, lambda _: threading.current_thread().name)
    assert await lane.ask(question) == "access_0"
    assert closed == []
    lane.close()
    assert len(closed) == 1
    with pytest.raises(Unavailable):
        await lane.ask(question)


async def test_an_entry_that_ends_is_absent_from_then_on_though_remembered(acme: Organisation, plans: Shelf) -> None:
    async with desk(acme) as made:
        clock = FixedClock(made.access.clock.now())
        lane = AccessLane(made.database.lanes, clock)
        later = replace(made, access=Access(clock, lane))
        user, ids = await made.caller("user"), list(plans.documents.values())
        end = clock.moment + timedelta(seconds=1)
        await enter(acme, ids[0], Effect.DENY, (PrincipalType.EVERYONE, None), permissions=1, expires_at=end)
        assert await later.visible(user, ids) == ids[1:]
        clock.advance(timedelta(seconds=1))
        with later.asked() as asked:
            assert await later.visible(user, ids) == ids
        assert len(asked) == 1
        lane.close()
