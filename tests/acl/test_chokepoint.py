"""What passes the chokepoint."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, select

from acl.chokepoint import Chokepoint
from acl.errors import AccessUndecided
from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import Permission
from acl.tables import AccessEntry
from app.db.tenancy import Glance, Reach
from tests.acl.desk import Desk
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, group, shelf, withdraw


@dataclass(frozen=True, slots=True)
class Passage:
    """Something found."""

    document_id: str | None
    text: str


async def seen(by: str, candidates: list[Passage], organisation: Organisation) -> list[str]:
    """The texts of what somebody gets to see: of what was found, and of what is found as it is decided."""
    platform = organisation.running.platform
    caller = (await platform.credentials.admit(organisation.people[by].key)).caller
    async with platform.transactions.open(Reach.one(organisation.id), writes=False) as transaction:
        visible = await platform.chokepoint.filter_results_by_acl(transaction.session, caller, candidates)
    glance = Glance(Reach.one(organisation.id))
    assert await platform.chokepoint.filter_found_by_acl(glance, caller, lambda _: candidates) == visible
    return [item.value.text for item in visible]


@pytest.fixture
async def plans(acme: Organisation) -> Shelf:
    return await shelf(acme, "roadmap", "salaries", default_access=DefaultAccess.TENANT)


def passages(of: Shelf) -> list[Passage]:
    return [Passage(id_, name) for name, id_ in of.documents.items()]


async def test_a_deny_through_nested_groups_beats_what_everybody_may(acme: Organisation, plans: Shelf) -> None:
    staff = await group(acme, "staff")
    await group(acme, "interns", "user", inside=[staff])
    found = passages(plans)
    assert await seen("user", found, acme) == ["roadmap", "salaries"]
    denied = await enter(acme, plans.documents["salaries"], Effect.DENY, (PrincipalType.GROUP, staff), permissions=1)
    assert await seen("user", found, acme) == ["roadmap"]
    assert await seen("viewer", found, acme) == ["roadmap", "salaries"]
    await withdraw(acme, denied)
    assert await seen("user", found, acme) == ["roadmap", "salaries"]


async def test_what_has_no_document_or_an_unknown_one_is_dropped(acme: Organisation, plans: Shelf) -> None:
    found = [Passage(None, "none"), Passage("", "empty"), Passage("doc_unknown", "unknown"), Passage(plans.id, "shelf")]
    assert await seen("admin", [*found, *passages(plans)], acme) == ["roadmap", "salaries"]


async def test_of_what_has_no_document_nothing_is_asked(acme: Organisation, opened: Desk) -> None:
    user = await opened.caller("user")
    async with opened.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        with opened.asked() as asked:
            found = [Passage(None, "none"), Passage("", "empty")]
            assert await Chokepoint(opened.access).filter_results_by_acl(transaction.session, user, found) == []
    assert asked == []


async def test_order_and_repetitions_stay_as_they_came(acme: Organisation, plans: Shelf) -> None:
    roadmap, salaries = passages(plans)
    assert await seen("user", [salaries, roadmap, salaries], acme) == ["salaries", "roadmap", "salaries"]


async def test_a_list_can_need_more_than_reading(acme: Organisation, plans: Shelf) -> None:
    await enter(
        acme, plans.id, Effect.DENY, (PrincipalType.USER, acme.people["user"].id), permissions=int(Permission.LIST)
    )
    platform = acme.running.platform
    caller = (await platform.credentials.admit(acme.people["user"].key)).caller
    async with platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        needs = Permission.READ | Permission.LIST
        visible = await platform.chokepoint.filter_results_by_acl(
            transaction.session, caller, passages(plans), needs=needs
        )
    assert visible == []
    glance = Glance(Reach.one(acme.id))
    assert await platform.chokepoint.filter_found_by_acl(glance, caller, lambda _: passages(plans), needs=needs) == []


async def test_what_cannot_be_found_is_not_decided_about(acme: Organisation, plans: Shelf) -> None:
    platform = acme.running.platform
    caller = (await platform.credentials.admit(acme.people["user"].key)).caller

    def broken(_: object) -> list[Passage]:
        raise LookupError("salaries")

    with pytest.raises(AccessUndecided):
        await platform.chokepoint.filter_found_by_acl(Glance(Reach.one(acme.id)), caller, broken)
    assert await seen("user", passages(plans), acme) == ["roadmap", "salaries"]


async def test_what_is_found_is_decided_by_the_moment_it_is_found_in(acme: Organisation, plans: Shelf) -> None:
    """A right that is taken while it is looked for is still there: both are of one transaction."""
    platform, loop = acme.running.platform, asyncio.get_running_loop()
    caller = (await platform.credentials.admit(acme.people["user"].key)).caller
    user = (PrincipalType.USER, acme.people["user"].id)

    def find(connection: Connection) -> list[Passage]:
        deny = enter(acme, plans.id, Effect.DENY, user, permissions=1)
        asyncio.run_coroutine_threadsafe(deny, loop).result()
        listed = connection.execute(select(AccessEntry.id).where(AccessEntry.resource_id == plans.id)).all()
        assert len(listed) == 0
        return passages(plans)

    found = await platform.chokepoint.filter_found_by_acl(Glance(Reach.one(acme.id)), caller, find)
    assert [one.value.text for one in found] == ["roadmap", "salaries"]
    assert await seen("user", passages(plans), acme) == []
