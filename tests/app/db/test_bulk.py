"""Rows in bulk pass the same checks as any other."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.clock import SystemClock
from app.db.bulk import add_rows, remove_rows
from app.db.epochs import read_epochs
from app.db.tenancy import ForeignRow, Reach, TenantSession, WriteInReading
from app.db.transaction import Transactions
from app.identity.directory.tables import PendingMember
from app.identity.tables import GroupMember
from tests.app.db.conftest import Neighbour

NOW = SystemClock().now()


def member(whose: Neighbour, **changed: Any) -> dict[str, Any]:
    return {"group_id": whose.group, "user_id": whose.user, "created_at": NOW} | changed


async def epoch(session: TenantSession, tenant: Neighbour) -> int:
    return (await (await session.connection()).run_sync(read_epochs, [tenant.id]))[tenant.id]


async def test_rows_are_the_tenants_own_and_make_what_is_cached_stale(
    transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    async with transactions.open(ours.reach) as transaction:
        session = transaction.session
        before = await epoch(session, ours), await epoch(session, theirs)
        await add_rows(session, GroupMember, [member(ours, tenant_id=theirs.id)])
        assert [row.tenant_id for row in await session.scalars(select(GroupMember))] == [ours.id]
        assert await epoch(session, ours) > before[0]
        await remove_rows(session, GroupMember, ("group_id", ours.group), ("user_id", [ours.user]))
        assert (await session.scalars(select(GroupMember))).all() == []
        assert await epoch(session, ours) > before[0] + 1
        assert await epoch(session, theirs) == before[1]


async def test_rows_of_another_tenant_are_not_removed(
    transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    async with transactions.open(theirs.reach) as transaction:
        await add_rows(transaction.session, GroupMember, [member(theirs)])
    async with transactions.open(ours.reach) as transaction:
        await remove_rows(transaction.session, GroupMember, ("group_id", theirs.group), ("user_id", [theirs.user]))
    async with transactions.open(theirs.reach) as transaction:
        assert len((await transaction.session.scalars(select(GroupMember))).all()) == 1
        await remove_rows(transaction.session, GroupMember, ("group_id", theirs.group), ("user_id", [theirs.user]))


async def test_without_one_tenant_or_in_a_reading_nothing_is_written(
    transactions: Transactions, ours: Neighbour
) -> None:
    async with transactions.open(Reach.everywhere()) as transaction:
        with pytest.raises(ForeignRow):
            await add_rows(transaction.session, GroupMember, [member(ours)])
        with pytest.raises(ForeignRow):
            await remove_rows(transaction.session, GroupMember, ("group_id", "g"), ("user_id", ["u"]))
    async with transactions.open(ours.reach, writes=False) as transaction:
        with pytest.raises(WriteInReading):
            await add_rows(transaction.session, GroupMember, [member(ours)])
        with pytest.raises(WriteInReading):
            await remove_rows(transaction.session, GroupMember, ("group_id", "g"), ("user_id", ["u"]))


async def test_more_than_fit_into_one_statement_are_written_all(transactions: Transactions, ours: Neighbour) -> None:
    names = [f"person-{number}" for number in range(1_201)]
    rows = [{"group_id": ours.group, "external_id": name, "created_at": NOW} for name in names]
    async with transactions.open(ours.reach) as transaction:
        session = transaction.session
        before = await epoch(session, ours)
        await add_rows(session, PendingMember, rows)
        assert set(await session.scalars(select(PendingMember.external_id))) == set(names)
        await remove_rows(session, PendingMember, ("group_id", ours.group), ("external_id", names[1:]))
        assert list(await session.scalars(select(PendingMember.external_id))) == names[:1]
        await remove_rows(session, PendingMember, ("group_id", ours.group), ("external_id", names))
        assert await epoch(session, ours) == before  # nothing is remembered of such rows
