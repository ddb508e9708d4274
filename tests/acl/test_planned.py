"""A plan is made once for who asks, at an epoch, and never outlives what it was made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from acl.access import Access
from acl.errors import CollectionNotFound
from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.opening import open_document_access
from acl.permission import Permission
from acl.plan import plan_access, plan_required
from acl.planned import AccessPlan, PlanMemory
from acl.reading import AccessLane
from acl.tables import AccessEntry
from app.clock import FixedClock
from app.db.bulk import add_rows
from app.db.tenancy import Reach
from app.identity.caller import Caller
from app.ids import new_id
from tests.acl.desk import Desk
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
        await open_document_access(transaction, "doc_mine", owner_id=user.user_id, **where)
    assert (await planned(opened, user, closed.id))[0].document_ids == {"doc_mine"}


async def test_it_is_said_by_what_is_less(acme: Organisation, opened: Desk) -> None:
    wide, user = await shelf(acme, default_access=DefaultAccess.TENANT), await opened.caller("user")
    names = [f"doc_{wide.id}_{number:04}" for number in range(1_300)]
    await wide.hold(*names)
    ids = [wide.documents[name] for name in names]
    to_user = {"principal_type": PrincipalType.USER, "principal_id": user.user_id, "ace_type": Effect.DENY}
    async with opened.transactions.open(Reach.one(acme.id)) as transaction:
        of = {"collection_id": wide.id, "permissions": 1, "created_at": transaction.clock.now()}
        lines = [{"id": new_id("ace"), "resource_id": id_, **to_user, **of} for id_ in ids[:1_100]]
        await add_rows(transaction.session, AccessEntry, lines)
    plan, _ = await planned(opened, user, wide.id)
    assert plan == AccessPlan(wide.id, False, frozenset(ids[1_100:]))


async def test_what_is_not_there_is_looked_for_every_time(acme: Organisation, opened: Desk) -> None:
    user = await opened.caller("user")
    for _ in range(2):
        plan, asked = await planned(opened, user, "col_missing")
        assert plan.admits_nothing
        assert asked > 2


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
        assert asked > 2


def plan(collection_id: str, ids: int = 0) -> AccessPlan:
    return AccessPlan(collection_id, True, frozenset(f"doc_{number}" for number in range(ids)))


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
    memory.remember("c", plan("c"), held=1)
    assert (memory.recall("b"), memory.recall("c")) == (None, plan("c"))
