"""A plan is made once for who asks, at an epoch, and never outlives what it was made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import Table, insert

from acl.access import Access
from acl.errors import CollectionNotFound
from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.opening import open_document_access
from acl.permission import Permission
from acl.plan import plan_access, plan_many, plan_required, readable_among
from acl.planned import AccessPlan, PlanMemory
from acl.reading import AccessLane
from acl.tables import AccessEntry, AccessList
from app.clock import FixedClock
from app.db.bulk import add_rows
from app.db.tenancy import Reach
from app.identity.caller import Caller
from app.ids import new_id
from tests.acl.desk import Desk
from tests.world.lanes import writing
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, shelf, withdraw


@pytest.fixture
async def plans(acme: Organisation) -> Shelf:
    return await shelf(acme, "one", "two", default_access=DefaultAccess.TENANT)


async def planned(
    at: Desk, user: Caller, collection_id: str, permission: Permission = Permission.READ, *, writes: bool = False
) -> tuple[AccessPlan, int]:
    """A plan, and how many statements it took."""
    async with at.transactions.open(Reach.one(at.organisation.id), writes=writes) as transaction:
        with at.asked() as asked:
            plan = await plan_access(at.access.resolver(transaction.session), user, collection_id, permission)
        return plan, len(asked)


async def test_it_is_made_once_and_anew_after_every_change(acme: Organisation, plans: Shelf, opened: Desk) -> None:
    user, (one, two) = await opened.caller("user"), plans.documents.values()
    to_user = (PrincipalType.USER, user.user_id)
    for hidden in (one, two):
        denied = await enter(acme, hidden, Effect.DENY, to_user, permissions=1)
        plan, asked = await planned(opened, user, plans.id)
        assert (plan, asked > 2) == (AccessPlan(plans.id, True, frozenset({hidden})), True)
        again, asked = await planned(opened, user, plans.id)
        assert again is plan
        assert asked == 2  # of the epochs
        await withdraw(acme, denied)
    assert (await planned(opened, user, plans.id))[0].document_ids == frozenset()


async def test_it_is_nobody_elses_and_of_no_other_deed(acme: Organisation, plans: Shelf, opened: Desk) -> None:
    user, viewer = await opened.caller("user"), await opened.caller("viewer")
    await enter(acme, plans.documents["one"], Effect.DENY, (PrincipalType.USER, user.user_id), permissions=1)
    for _ in range(2):
        assert len((await planned(opened, user, plans.id))[0].document_ids) == 1
        assert (await planned(opened, viewer, plans.id))[0].document_ids == frozenset()
        assert (await planned(opened, viewer, plans.id, Permission.WRITE))[0].admits_nothing


async def test_what_is_new_is_in_it_at_once(acme: Organisation, opened: Desk) -> None:
    closed, user = await shelf(acme, "one"), await opened.caller("user")
    assert (await planned(opened, user, closed.id))[0].document_ids == frozenset()
    async with opened.transactions.open(Reach.one(acme.id)) as transaction:
        where = {"collection_id": closed.id, "tenant_id": acme.id}
        open_document_access(transaction, "doc_mine", owner_id=user.user_id, **where)
    assert (await planned(opened, user, closed.id))[0].document_ids == {"doc_mine"}


async def hold_many(of: Shelf, number: int) -> list[str]:
    """Put documents of nobody on a shelf that nobody has looked at yet."""
    now, ids = of.organisation.running.platform.clock.now(), [f"{of.id}-{place:04}" for place in range(number)]
    same = {"tenant_id": of.organisation.id, "kind": "document", "collection_id": of.id, "inherits": True}
    same |= {"owner_id": None, "default_access": "restricted", "version": 1, "created_at": now, "updated_at": now}
    async with writing(of.organisation.running.platform.database) as connection:
        rows = [{"resource_id": id_, **same} for id_ in ids]
        connection.execute(insert(cast("Table", AccessList.__table__)), rows)
    return ids


async def enter_many(at: Desk, user: Caller, collection_id: str, effect: Effect, ids: list[str]) -> None:
    """Put an entry for reading about somebody into the lists of many documents."""
    async with at.transactions.open(Reach.one(at.organisation.id)) as transaction:
        of = {"collection_id": collection_id, "permissions": 1, "created_at": transaction.clock.now()}
        of |= {"principal_type": PrincipalType.USER, "principal_id": user.user_id, "ace_type": effect}
        await add_rows(
            transaction.session, AccessEntry, [{"id": new_id("ace"), "resource_id": id_, **of} for id_ in ids]
        )


async def test_it_is_said_by_what_is_less_once_that_spares_much(acme: Organisation, opened: Desk) -> None:
    wide, user = await shelf(acme, default_access=DefaultAccess.TENANT), await opened.caller("user")
    ids, denied = await hold_many(wide, 2_002), 0
    for more in (1_000, 1):
        await enter_many(opened, user, wide.id, Effect.DENY, ids[denied : denied + more])
        denied += more
        assert (await planned(opened, user, wide.id))[0] == AccessPlan(wide.id, True, frozenset(ids[:denied]))
    await enter_many(opened, user, wide.id, Effect.DENY, ids[denied : denied + 1])
    assert (await planned(opened, user, wide.id))[0] == AccessPlan(wide.id, False, frozenset(ids[denied + 1 :]))


async def test_up_to_a_thousand_are_left_out_however_few_are_left(acme: Organisation, opened: Desk) -> None:
    wide, user = await shelf(acme, default_access=DefaultAccess.TENANT), await opened.caller("user")
    ids = await hold_many(wide, 1_500)
    await enter_many(opened, user, wide.id, Effect.DENY, ids[:1_000])
    assert (await planned(opened, user, wide.id))[0] == AccessPlan(wide.id, True, frozenset(ids[:1_000]))
    await enter_many(opened, user, wide.id, Effect.DENY, ids[1_000:1_001])
    assert (await planned(opened, user, wide.id))[0] == AccessPlan(wide.id, False, frozenset(ids[1_001:]))


async def test_what_is_chosen_stays_chosen_however_many_there_are(acme: Organisation, opened: Desk) -> None:
    closed, user = await shelf(acme), await opened.caller("user")
    hidden, *ids = await hold_many(closed, 1_002)
    await enter_many(opened, user, closed.id, Effect.ALLOW, ids)
    plan, _ = await planned(opened, user, closed.id)
    assert plan == AccessPlan(closed.id, False, frozenset(ids))
    assert not plan.admits(hidden)


async def test_those_that_are_chosen_are_known_without_looking_for_them(acme: Organisation, opened: Desk) -> None:
    closed, user = await shelf(acme, "one", "two"), await opened.caller("user")
    one, _ = closed.documents.values()
    await enter(acme, one, Effect.ALLOW, (PrincipalType.USER, user.user_id), permissions=1)
    await planned(opened, user, closed.id)
    async with opened.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        with opened.asked() as asked:
            resolver = opened.access.resolver(transaction.session)
            assert await readable_among(resolver, user, [closed.id]) == {one}
    assert len(asked) == 2  # of the epochs


async def test_of_no_collections_there_are_no_plans(acme: Organisation, opened: Desk) -> None:
    user = await opened.caller("user")
    for writes in (False, True):
        async with opened.transactions.open(Reach.one(acme.id), writes=writes) as transaction:
            assert await plan_many(opened.access.resolver(transaction.session), user, []) == {}


async def test_what_is_not_there_is_looked_for_every_time(acme: Organisation, opened: Desk) -> None:
    user = await opened.caller("user")
    for _ in range(2):
        plan, asked = await planned(opened, user, "col_missing")
        assert plan.admits_nothing
        assert asked == 3  # of the epochs, and of lists; there are none whose entries could be asked for


async def test_a_document_is_no_collection_though_it_is_taken_for_one(
    acme: Organisation, plans: Shelf, opened: Desk
) -> None:
    user, one = await opened.caller("user"), plans.documents["one"]
    await enter(acme, one, Effect.ALLOW, (PrincipalType.USER, user.user_id))
    for _ in range(2):
        async with opened.transactions.open(Reach.one(acme.id), writes=False) as transaction:
            made = await plan_many(opened.access.resolver(transaction.session), user, [plans.id, one])
        assert made == {plans.id: AccessPlan(plans.id, True, frozenset()), one: AccessPlan(one, False, frozenset())}


async def test_an_entry_that_ends_ends_in_plans_too(acme: Organisation, plans: Shelf, opened: Desk) -> None:
    clock = FixedClock(opened.access.clock.now())
    lane = AccessLane(opened.database.lanes, clock)
    later = replace(opened, access=Access(clock, lane))
    user, (one, _) = await later.caller("user"), plans.documents.values()
    end = clock.moment + timedelta(seconds=1)
    await enter(acme, one, Effect.DENY, (PrincipalType.USER, user.user_id), permissions=1, expires_at=end)
    for hidden in (frozenset({one}), frozenset[str]()):
        assert (await planned(later, user, plans.id))[0].document_ids == hidden
        clock.advance(timedelta(seconds=1))
    lane.close()


async def test_so_does_one_of_the_collection(acme: Organisation, plans: Shelf, opened: Desk) -> None:
    clock = FixedClock(opened.access.clock.now())
    lane = AccessLane(opened.database.lanes, clock)
    later = replace(opened, access=Access(clock, lane))
    user = await later.caller("user")
    end = clock.moment + timedelta(seconds=1)
    await enter(acme, plans.id, Effect.DENY, (PrincipalType.USER, user.user_id), permissions=1, expires_at=end)
    for everything in (False, True):
        assert (await planned(later, user, plans.id))[0].all_except is everything
        clock.advance(timedelta(seconds=1))
    lane.close()


async def test_who_may_read_a_collection_gets_its_plan_and_to_others_it_is_not_there(
    acme: Organisation, plans: Shelf, opened: Desk
) -> None:
    user, one = await opened.caller("user"), plans.documents["one"]
    to_user = (PrincipalType.USER, user.user_id)
    await enter(acme, one, Effect.DENY, to_user, permissions=1)

    async def required(collection_id: str) -> AccessPlan:
        async with opened.transactions.open(Reach.one(acme.id), writes=False) as transaction:
            return await plan_required(opened.access.resolver(transaction.session), user, collection_id)

    assert await required(plans.id) == AccessPlan(plans.id, True, frozenset({one}))
    closed = await shelf(acme, "plan")
    await enter(acme, plans.id, Effect.DENY, to_user, permissions=1)
    for hidden in (plans.id, closed.id, "col_missing"):
        with pytest.raises(CollectionNotFound):
            await required(hidden)


async def test_who_writes_plans_by_their_own_changes(acme: Organisation, plans: Shelf, opened: Desk) -> None:
    user = await opened.caller("user")
    for _ in range(2):
        _, asked = await planned(opened, user, plans.id, writes=True)
        assert asked == (3 if opened.database.is_sqlite else 4)


def plan(collection_id: str, ids: int = 0) -> AccessPlan:
    return AccessPlan(collection_id, True, frozenset(f"doc_{number}" for number in range(ids)))


def test_a_plan_lets_through_what_it_names_or_all_else() -> None:
    but, only = (AccessPlan("a", all_except, frozenset({"one"})) for all_except in (True, False))
    assert [(made.admits("one"), made.admits("two")) for made in (but, only)] == [(False, True), (True, False)]
    everything, nothing = (AccessPlan("a", all_except, frozenset()) for all_except in (True, False))
    assert [made.admits_nothing for made in (but, only, everything, nothing)] == [False, False, False, True]


def test_there_is_room_for_so_many_ids_and_so_many_plans() -> None:
    memory = PlanMemory(most_ids=10, most_plans=3)
    memory.remember("a", plan("a", 5))
    memory.remember("b", plan("b", 5))
    assert memory.recall("a") == plan("a", 5)
    memory.remember("c", plan("c", 1))
    assert [memory.recall(key) is not None for key in "abc"] == [True, False, True]
    memory.remember("d", plan("d", 11))
    assert memory.recall("d") is None
    for key in "ef":
        memory.remember(key, plan(key))
    assert [memory.recall(key) is not None for key in "acef"] == [False, True, True, True]


def test_unless_told_otherwise_it_is_for_200_000_ids_and_10_000_plans() -> None:
    memory = PlanMemory()
    for ids, remembered in ((200_000, True), (200_001, False)):
        memory.remember(ids, plan("a", ids))
        assert (memory.recall(ids) is not None) is remembered
    memory, oldest = PlanMemory(), plan("a")
    for key in range(10_000):
        memory.remember(key, oldest)
    assert memory.recall(0) is oldest
    memory.remember("one more", plan("b"))
    assert [memory.recall(key) is not None for key in (0, 1, 2, "one more")] == [True, False, True, True]


def test_what_is_remembered_twice_takes_its_room_once() -> None:
    memory = PlanMemory(most_ids=10)
    for _ in range(3):
        memory.remember("a", plan("a", 5))
    memory.remember("b", plan("b", 5))
    assert memory.recall("a") == plan("a", 5)


def test_what_a_key_holds_takes_room_too() -> None:
    memory = PlanMemory(most_ids=10)
    memory.remember("a", plan("a", 5), held=6)
    assert memory.recall("a") is None
    memory.remember("b", plan("b", 5), held=5)
    assert memory.recall("b") == plan("b", 5)
    memory.remember("c", plan("c"), held=1)
    assert (memory.recall("b"), memory.recall("c")) == (None, plan("c"))
