"""A session of one tenant changes nothing of another, however it tries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Table, delete, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from app.clock import SystemClock
from app.db.narrowing import NotNarrowable
from app.db.tenancy import ForeignRow, Reach, TenantSession
from app.db.transaction import Transactions
from app.idempotency.tables import IdempotencyRecord as Record
from app.identity.tables import Group, User
from app.ids import new_id
from tests.app.db.conftest import Neighbour

RECORDS: Table = Record.metadata.tables["idempotency_records"]
NOW = SystemClock().now()
COLUMNS = ("id", "tenant_id", "caller", "fingerprint", "attempt", "leased_until", "expires_at")


def record(tenant: str) -> dict[str, Any]:
    """The values of a row that no epoch is bound to."""
    times = {"leased_until": NOW, "expires_at": NOW}
    return {"id": new_id("rec"), "tenant_id": tenant, "caller": "them", "fingerprint": "f", "attempt": "a", **times}


@pytest.fixture
async def row(transactions: Transactions, theirs: Neighbour) -> str:
    """The id of a row of the other tenant."""
    values = record(theirs.id)
    async with transactions.open(theirs.reach) as transaction:
        transaction.session.add(Record(**values))
    return str(values["id"])


async def callers(transactions: Transactions, tenant: str) -> list[str]:
    """What a tenant's rows say now."""
    async with transactions.open(Reach.everywhere(), writes=False) as transaction:
        return list(await transaction.session.scalars(select(Record.caller).where(Record.tenant_id == tenant)))


Deed = Callable[[Neighbour, Neighbour, str], tuple[Any, ...]]
HARMLESS: dict[str, Deed] = {
    "updating everything": lambda *_: (update(Record).values(caller="us"),),
    "updating by id": lambda _o, _t, row: (update(Record).where(Record.id == row).values(caller="us"),),
    "deleting everything": lambda *_: (delete(Record),),
    "deleting by id": lambda _o, _t, row: (delete(Record).where(Record.id == row),),
    "deleting by a subquery": lambda *_: (delete(Record).where(Record.id.in_(select(Record.id))),),
}
REFUSED: dict[str, Deed] = {
    "inserting a foreign row by values": lambda _o, them, _r: (insert(Record).values(**record(them.id)),),
    "inserting several foreign rows": lambda _o, them, _r: (insert(Record), [record(them.id), record(them.id)]),
    "hiding a foreign row among ours": lambda us, them, _r: (insert(Record), [record(us.id), record(them.id)]),
    "inserting from a select": lambda *_: (
        insert(Record).from_select(COLUMNS, select(literal("x"), *(getattr(Record, name) for name in COLUMNS[1:]))),
    ),
    "giving our rows away": lambda _o, them, _r: (update(Record).values(tenant_id=them.id),),
    "updating by a list of ids": lambda _o, _t, row: (update(Record), [{"id": row, "caller": "us"}]),
    "updating by another table": lambda _o, them, _r: (
        update(Record).values(caller="us").where(User.tenant_id == them.id),
    ),
    "copying from an alias": lambda *_: (update(Record).values(caller=aliased(User).name),),
    "updating a bare table": lambda *_: (update(RECORDS).values(caller="us"),),
    "deleting from a bare table": lambda *_: (delete(RECORDS),),
    "inserting into a bare table": lambda _o, them, _r: (insert(RECORDS), [record(them.id)]),
}


@pytest.mark.parametrize("deed", HARMLESS.values(), ids=HARMLESS)
async def test_bulk_changes_stop_at_the_tenant(
    deed: Deed, transactions: Transactions, ours: Neighbour, theirs: Neighbour, row: str
) -> None:
    async with transactions.open(ours.reach) as transaction:
        await transaction.session.execute(*deed(ours, theirs, row))
    assert await callers(transactions, theirs.id) == ["them"]


@pytest.mark.parametrize("deed", REFUSED.values(), ids=REFUSED)
async def test_bulk_changes_nobody_can_vouch_for_are_refused(
    deed: Deed, transactions: Transactions, ours: Neighbour, theirs: Neighbour, row: str
) -> None:
    with pytest.raises(NotNarrowable):
        async with transactions.open(ours.reach) as transaction:
            await transaction.session.execute(*deed(ours, theirs, row))
    assert await callers(transactions, theirs.id) == ["them"]
    assert await callers(transactions, ours.id) == []


async def test_a_bulk_change_reaches_ones_own_rows(transactions: Transactions, ours: Neighbour) -> None:
    async with transactions.open(ours.reach) as transaction:
        await transaction.session.execute(insert(Record), [record(ours.id), record(ours.id)])
        await transaction.session.execute(update(Record).values(caller="us"))
    assert await callers(transactions, ours.id) == ["us", "us"]


async def test_a_new_row_gets_the_tenant_of_its_session(transactions: Transactions, ours: Neighbour) -> None:
    values = {**record(""), "tenant_id": None}
    async with transactions.open(ours.reach) as transaction:
        transaction.session.add(Record(**values))
    assert await callers(transactions, ours.id) == ["them"]


async def test_a_new_row_without_a_tenant_is_refused_where_there_could_be_several(
    transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    with pytest.raises(ForeignRow):
        async with transactions.open(Reach.several(frozenset({ours.id, theirs.id}))) as transaction:
            transaction.session.add(Record(**{**record(""), "tenant_id": None}))


async def a_foreign_row(session: TenantSession, ours: Neighbour, theirs: Neighbour) -> Group:
    """A row of the other tenant that got into the session while its reach was wider."""
    session.info["reach"] = Reach.everywhere()
    group = await session.get_one(Group, theirs.group)
    session.info["reach"] = ours.reach
    return group


async def add_one(session: TenantSession, ours: Neighbour, theirs: Neighbour) -> None:
    session.add(Group(id=new_id("grp"), tenant_id=theirs.id, name="planted", created_at=NOW, updated_at=NOW))


async def change_one(session: TenantSession, ours: Neighbour, theirs: Neighbour) -> None:
    (await a_foreign_row(session, ours, theirs)).name = "changed"


async def take_one(session: TenantSession, ours: Neighbour, theirs: Neighbour) -> None:
    (await a_foreign_row(session, ours, theirs)).tenant_id = ours.id


async def give_one(session: TenantSession, ours: Neighbour, theirs: Neighbour) -> None:
    (await session.get_one(Group, ours.group)).tenant_id = theirs.id


async def delete_one(session: TenantSession, ours: Neighbour, theirs: Neighbour) -> None:
    await session.delete(await a_foreign_row(session, ours, theirs))


async def merge_one(session: TenantSession, ours: Neighbour, theirs: Neighbour) -> None:
    await session.merge(Group(id=theirs.group, tenant_id=theirs.id, name="merged", created_at=NOW, updated_at=NOW))


@pytest.mark.parametrize("deed", [add_one, change_one, take_one, give_one, delete_one, merge_one])
async def test_a_flush_refuses_foreign_rows(
    deed: Callable[..., Any], transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    with pytest.raises(ForeignRow):
        async with transactions.open(ours.reach) as transaction:
            await deed(transaction.session, ours, theirs)
    async with transactions.open(theirs.reach, writes=False) as transaction:
        assert [group.name for group in await transaction.session.scalars(select(Group))] == ["team"]


async def test_merging_under_a_foreign_id_neither_reads_nor_overwrites_it(
    transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    copy = Group(id=theirs.group, tenant_id=ours.id, name="merged", created_at=NOW, updated_at=NOW)
    with pytest.raises(IntegrityError):
        async with transactions.open(ours.reach) as transaction:
            await transaction.session.merge(copy)
    async with transactions.open(Reach.everywhere(), writes=False) as transaction:
        assert await transaction.session.scalar(select(func.count(Group.id)).where(Group.name == "merged")) == 0


@pytest.mark.parametrize("way", ["bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings"])
async def test_the_ways_around_a_flush_are_closed(way: str, transactions: Transactions, ours: Neighbour) -> None:
    async with transactions.open(ours.reach) as transaction:
        with pytest.raises(NotNarrowable):
            getattr(transaction.session.sync_session, way)(Record, [])
