"""A look sees what was committed before it was asked for, and fails for nobody but who asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Never

import pytest
from sqlalchemy import Connection, delete, func, select

from app.clock import SystemClock
from app.db.engine import open_database
from app.db.transaction import Transactions
from app.errors import Unavailable
from app.identity.tables import Group
from app.ids import new_id
from tests.app.db.conftest import settle


def groups_of(tenant_id: str) -> Callable[[Connection], int]:
    wanted = select(func.count()).select_from(Group).where(Group.tenant_id == tenant_id)
    return lambda on: on.scalar(wanted) or 0


class Refused(Exception):
    """What a look raises."""


def refuse(_on: Connection) -> Never:
    raise Refused


async def test_it_sees_what_was_committed_before(transactions: Transactions) -> None:
    acme = await settle(transactions)
    before = await transactions.look(groups_of(acme.id))
    for number in range(1, 6):
        async with transactions.open(acme.reach) as transaction:
            now = transaction.clock.now()
            more = {"created_at": now, "updated_at": now}
            transaction.session.add(Group(id=new_id("grp"), tenant_id=acme.id, name=new_id("name"), **more))
            await transaction.session.flush()
            assert await transactions.look(groups_of(acme.id)) == before + number - 1
        assert await transactions.look(groups_of(acme.id)) == before + number


async def test_what_one_raises_costs_the_others_nothing(transactions: Transactions) -> None:
    acme = await settle(transactions)
    asked = [transactions.look(refuse if number % 3 else groups_of(acme.id)) for number in range(9)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(one, Refused) for one in found] == [bool(number % 3) for number in range(9)]


async def test_it_writes_nothing(transactions: Transactions) -> None:
    acme = await settle(transactions)

    def write(on: Connection) -> None:
        on.execute(delete(Group).where(Group.tenant_id == acme.id))

    before = await transactions.look(groups_of(acme.id))
    await asyncio.gather(transactions.look(write), return_exceptions=True)
    assert await transactions.look(groups_of(acme.id)) == before


async def test_after_the_database_is_closed_nobody_waits(address: str) -> None:
    transactions = Transactions(open_database(address), SystemClock())
    await transactions.look(lambda on: on.scalar(select(1)))
    await transactions.database.dispose()
    with pytest.raises(Unavailable):
        await transactions.look(lambda on: on.scalar(select(1)))
