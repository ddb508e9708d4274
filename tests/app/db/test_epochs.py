"""An epoch moves with every change it stands for, and whoever reads it next sees that, in every process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete, insert, select, update

from app.db.engine import Database, open_database
from app.db.epochs import Epochs
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.founding import add_user
from app.identity.tables import Group, GroupMember, Partner, Tenant, User
from app.ids import new_id
from app.inference.tables import Provider
from tests.app.db.conftest import Neighbour

CATALOGUE = "catalogue"


@pytest.fixture
async def epochs(database: Database) -> AsyncIterator[Epochs]:
    """Epochs as one process reads them."""
    reading = Epochs(database.lanes)
    yield reading
    reading.close()


@pytest.fixture
async def elsewhere(address: str) -> AsyncIterator[Epochs]:
    """Epochs as another process reads them: over connections of its own."""
    database = open_database(address)
    reading = Epochs(database.lanes)
    yield reading
    reading.close()
    await database.dispose()


async def number(epochs: Epochs, scope: str) -> int:
    return (await epochs.read(scope))[scope]


async def test_a_scope_nobody_changed_is_at_zero(epochs: Epochs) -> None:
    assert await epochs.read("nobody-was-here") == {"nobody-was-here": 0}


async def test_adding_changing_and_deleting_each_move_the_epoch(
    transactions: Transactions, epochs: Epochs, ours: Neighbour
) -> None:
    seen = [await number(epochs, ours.id)]
    now = transactions.clock.now()
    async with transactions.open(ours.reach) as transaction:
        transaction.session.add(GroupMember(group_id=ours.group, user_id=ours.user, created_at=now))
    seen.append(await number(epochs, ours.id))
    async with transactions.open(ours.reach) as transaction:
        (await transaction.session.get_one(User, ours.user)).name = "Grace"
    seen.append(await number(epochs, ours.id))
    async with transactions.open(ours.reach) as transaction:
        await transaction.session.delete(await transaction.session.get_one(GroupMember, (ours.group, ours.user)))
    seen.append(await number(epochs, ours.id))
    async with transactions.open(ours.reach) as transaction:
        (await transaction.session.get_one(Tenant, ours.id)).status = "suspended"
    seen.append(await number(epochs, ours.id))
    assert seen == sorted(set(seen))


async def test_every_flush_of_a_transaction_counts_but_only_once_it_is_committed(
    transactions: Transactions, epochs: Epochs, ours: Neighbour
) -> None:
    before = await number(epochs, ours.id)
    with pytest.raises(ZeroDivisionError):
        async with transactions.open(ours.reach) as transaction:
            await add_user(transaction, ours.id, email="x@x.example", name="X", roles=[])
            raise ZeroDivisionError
    assert await number(epochs, ours.id) == before


async def test_a_row_set_to_what_it_was_moves_nothing(
    transactions: Transactions, epochs: Epochs, ours: Neighbour
) -> None:
    before = await number(epochs, ours.id)
    async with transactions.open(ours.reach) as transaction:
        user = await transaction.session.get_one(User, ours.user)
        user.name = str(user.name)
    assert await number(epochs, ours.id) == before


async def test_one_tenants_change_leaves_the_others_epoch_alone(
    transactions: Transactions, epochs: Epochs, ours: Neighbour, theirs: Neighbour
) -> None:
    before = await number(epochs, theirs.id)
    async with transactions.open(ours.reach) as transaction:
        (await transaction.session.get_one(Group, ours.group)).name = "renamed"
    assert await number(epochs, theirs.id) == before


async def test_a_row_that_changes_hands_moves_both_epochs(
    transactions: Transactions, epochs: Epochs, ours: Neighbour, theirs: Neighbour
) -> None:
    before = await epochs.read(ours.id, theirs.id)
    async with transactions.open(Reach.everywhere()) as transaction:
        (await transaction.session.get_one(Group, ours.group)).tenant_id = theirs.id
    after = await epochs.read(ours.id, theirs.id)
    assert all(after[scope] > before[scope] for scope in before)


async def test_what_has_no_epoch_moves_none(transactions: Transactions, epochs: Epochs, ours: Neighbour) -> None:
    scopes = (ours.id, CATALOGUE, "budgets", "modules")
    before = await epochs.read(*scopes)
    async with transactions.open(Reach.everywhere()) as transaction:
        tenant = await transaction.session.get_one(Tenant, ours.id)
        (await transaction.session.get_one(Partner, tenant.partner_id)).display_name = "Other"
    assert await epochs.read(*scopes) == before


@pytest.mark.parametrize("statement", [update(User).values(name="x"), delete(User), insert(User)], ids=str)
async def test_bulk_changes_of_what_is_bound_to_an_epoch_are_refused(
    statement: object, transactions: Transactions, epochs: Epochs, ours: Neighbour
) -> None:
    with pytest.raises(TypeError, match="one by one"):
        async with transactions.open(Reach.everywhere()) as transaction:
            await transaction.session.execute(statement)  # type: ignore[call-overload] # one of three kinds
    async with transactions.open(ours.reach, writes=False) as transaction:
        assert await transaction.session.scalar(select(User.name)) == "Ada"


async def test_another_process_sees_a_change_at_its_next_read(
    transactions: Transactions, epochs: Epochs, elsewhere: Epochs, ours: Neighbour
) -> None:
    for name in ("one", "two", "three"):
        before = await number(elsewhere, ours.id)
        async with transactions.open(ours.reach) as transaction:
            (await transaction.session.get_one(Group, ours.group)).name = name
        assert await number(elsewhere, ours.id) == before + 1 == await number(epochs, ours.id)


async def test_of_changes_made_at_once_each_is_counted(transactions: Transactions, epochs: Epochs) -> None:
    async def add(name: str) -> None:
        now = transactions.clock.now()
        async with transactions.open(Reach.everywhere()) as transaction:
            row = Provider(id=new_id("prv"), name=name, type="custom", created_at=now, updated_at=now)
            transaction.session.add(row)

    before = await number(epochs, CATALOGUE)
    await asyncio.gather(*(add(new_id("name")) for _ in range(20)))
    assert await number(epochs, CATALOGUE) == before + 20


CHANGER = """
import asyncio, sys
from app.clock import SystemClock
from app.db.engine import open_database
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.tables import Group

async def main(address: str, tenant: str, group: str) -> None:
    database = open_database(address)
    for number in range(20):
        async with Transactions(database, SystemClock()).open(Reach.one(tenant)) as transaction:
            (await transaction.session.get_one(Group, group)).name = f"name {number}"
    await database.dispose()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_what_a_real_other_process_changes_is_counted_with_what_this_one_does(
    transactions: Transactions, epochs: Epochs, address: str, ours: Neighbour
) -> None:
    before = await number(epochs, ours.id)
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", CHANGER, address, ours.id, ours.group)
    for _ in range(10):
        async with transactions.open(ours.reach) as transaction:
            user = await transaction.session.get_one(User, ours.user)
            user.name = new_id("name")
    assert await other.wait() == 0
    assert await number(epochs, ours.id) == before + 30
