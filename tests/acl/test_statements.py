"""The number of statements is fixed: a few when nothing is known, one when nothing has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from sqlalchemy import Table, insert, update

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.loading import read_exceptions, read_lists, read_resources
from acl.permission import Permission
from acl.plan import plan_many
from acl.ref import ResourceRef
from acl.tables import AccessList
from app.db.tenancy import Reach
from tests.acl.desk import Desk, desk
from tests.world.lanes import writing
from tests.world.people import Organisation
from tests.world.shelves import enter, group, shelf

MANY = 5_000


async def fill(organisation: Organisation, number: int) -> tuple[str, list[str]]:
    """A collection for everybody with so many documents, one of them denied to the user through a group."""
    made = await shelf(organisation, default_access=DefaultAccess.TENANT)
    now, ids = organisation.running.platform.clock.now(), [f"{made.id}-{place:05}" for place in range(number)]
    constant = {"tenant_id": organisation.id, "kind": "document", "collection_id": made.id, "inherits": True}
    constant |= {"owner_id": None, "default_access": "restricted", "version": 1, "created_at": now, "updated_at": now}
    async with writing(organisation.running.platform.database) as connection:
        rows = [{"resource_id": id_, **constant} for id_ in ids]
        connection.execute(insert(cast("Table", AccessList.__table__)), rows)
    staff = await group(organisation, "staff")
    await group(organisation, "interns", "user", inside=[staff])
    await enter(organisation, ids[0], Effect.DENY, (PrincipalType.GROUP, staff), permissions=1)
    return made.id, ids


async def test_as_many_for_five_thousand_as_for_one(acme: Organisation, opened: Desk) -> None:
    _, ids = await fill(acme, MANY)
    for size in (1, 50, MANY):
        async with desk(acme) as cold:
            user = await cold.caller("user")
            with cold.asked() as asked:
                assert await cold.visible(replace(user, as_of=-1), ids[:size]) == ids[1:size]
            assert len(asked) == 4
            with cold.asked() as asked:
                assert await cold.visible(user, ids[:size]) == ids[1:size]
            assert len(asked) == 1
            with cold.asked() as asked:
                assert await cold.explained(user, ids[:size]) == [False, *[True] * (size - 1)]
            assert len(asked) == 1
    with opened.asked() as asked:
        assert await opened.visible(replace(user, as_of=-1), ids, writes=True) == ids[1:]
    assert len(asked) <= 5


async def test_as_many_for_the_plans_of_all_collections_as_for_one(acme: Organisation, opened: Desk) -> None:
    collections = [(await fill(acme, 3))[0] for _ in range(4)]
    user = replace(await opened.caller("user"), as_of=-1)
    for some in (collections[:1], collections):
        async with opened.transactions.open(Reach.one(acme.id), writes=False) as transaction:
            with opened.asked() as asked:
                plans = await plan_many(opened.access.resolver(transaction.session), user, some)
        assert len(asked) == 5
        assert [len(plans[id_].document_ids) for id_ in some] == [1] * len(some)
        assert all(plan.all_except for plan in plans.values())


async def test_more_than_fit_into_one_statement_are_decided_all_the_same(acme: Organisation, opened: Desk) -> None:
    _, ids = await fill(acme, 16_385)
    user = await opened.caller("user")
    with opened.asked() as asked:
        assert await opened.visible(user, ids) == ids[1:]
    assert len(asked) == 4  # of the epochs, of all documents but one, of that one, and once of their collection


async def test_a_collection_that_is_known_is_not_read_again(acme: Organisation, opened: Desk) -> None:
    _, ids = await fill(acme, 3)
    user = await opened.caller("user")
    assert await opened.visible(user, ids[:2]) == ids[1:2]
    with opened.asked() as asked:
        assert await opened.visible(user, ids) == ids[1:]
    assert len(asked) == 2


async def test_documents_without_entries_share_a_list_with_those_that_inherit_as_they_do(acme: Organisation) -> None:
    collection, (denied, one, two, apart, also_apart) = await fill(acme, 5)
    async with writing(acme.running.platform.database) as connection:
        table = cast("Table", AccessList.__table__)
        connection.execute(update(table).where(table.c.resource_id.in_([apart, also_apart])).values(inherits=False))
        lists = read_lists(connection, acme.id, [collection, denied, one, two, apart, also_apart])
    assert lists[one].shared is lists[two].shared
    assert lists[apart].shared is lists[also_apart].shared
    assert len({id(lists[id_].shared) for id_ in (denied, one, apart)}) == 3
    assert {lists[id_].shared.id for id_ in (denied, one, apart)} == {""}
    assert lists[collection].shared.id == collection


async def test_for_plans_only_those_are_read_that_may_differ_from_the_rest(acme: Organisation) -> None:
    collection, (denied, _, apart, mine) = await fill(acme, 4)
    table, user_id = cast("Table", AccessList.__table__), acme.people["user"].id
    async with writing(acme.running.platform.database) as connection:
        connection.execute(update(table).where(table.c.resource_id == apart).values(inherits=False))
        connection.execute(update(table).where(table.c.resource_id == mine).values(owner_id=user_id))
        lists = read_exceptions(connection, acme.id, [collection], user_id)
    assert set(lists) == {collection, denied, apart, mine}


async def test_a_list_is_read_whole_with_its_thing_its_owner_and_its_collection(acme: Organisation) -> None:
    made, (denied, other) = await fill(acme, 2)
    async with writing(acme.running.platform.database) as connection:
        found = read_resources(connection, acme.id, [denied, "doc_none", made, other])
    assert [(id_, one.id, one.owner_id) for id_, one in found.items()] == [
        (denied, denied, None),
        (made, made, acme.people["admin"].id),
        (other, other, None),
    ]
    assert [entry.effect for entry in found[denied].entries] == [Effect.DENY]
    assert found[denied].collection == found[other].collection == found[made]


async def test_of_a_collection_by_itself_one_statement_tells_all(acme: Organisation, opened: Desk) -> None:
    made, _ = await fill(acme, 1)
    user = await opened.caller("user")
    async with opened.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        with opened.asked() as asked:
            resolver = opened.access.resolver(transaction.session)
            assert await resolver.can(user, ResourceRef.collection(made), Permission.READ)
    assert len(asked) == 2  # and one of the epochs


async def test_what_is_not_there_is_looked_for_at_every_question(acme: Organisation, opened: Desk) -> None:
    _, ids = await fill(acme, 2)
    user = await opened.caller("user")
    for _ in range(2):
        assert await opened.visible(user, [*ids, "doc_none"]) == ids[1:]
    with opened.asked() as asked:
        assert await opened.visible(user, [*ids, "doc_none"]) == ids[1:]
    assert len(asked) == 2
