"""What passes the chokepoint."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from acl.chokepoint import Chokepoint
from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import Permission
from app.db.tenancy import Reach
from tests.acl.desk import Desk
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, group, shelf, withdraw


@dataclass(frozen=True, slots=True)
class Passage:
    """Something found."""

    document_id: str | None
    text: str


async def seen(by: str, candidates: list[Passage], organisation: Organisation) -> list[str]:
    """The texts of what somebody gets to see."""
    platform = organisation.running.platform
    caller = (await platform.credentials.admit(organisation.people[by].key)).caller
    async with platform.transactions.open(Reach.one(organisation.id), writes=False) as transaction:
        visible = await platform.chokepoint.filter_results_by_acl(transaction.session, caller, candidates)
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
