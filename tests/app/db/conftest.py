"""A database of its own, with two tenants that must never meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from app.clock import SystemClock
from app.db.engine import Database, open_database
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.founding import add_tenant, add_user
from app.identity.tables import Group
from app.ids import new_id
from app.migrations.run import upgrade
from tests.world.databases import empty_database
from tests.world.platform import unique


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A tenant with one user and one group."""

    id: str
    user: str
    group: str

    @property
    def reach(self) -> Reach:
        """What its own people may touch."""
        return Reach.one(self.id)


@pytest.fixture(scope="session")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a database that has every table."""
    home = tmp_path_factory.mktemp("database")
    with empty_database(home) as address:
        database = open_database(address)
        upgrade(database.lanes, home)
        await database.dispose()
        yield address


@pytest.fixture(scope="session")
async def database(address: str) -> AsyncIterator[Database]:
    """The database, opened."""
    database = open_database(address)
    yield database
    await database.dispose()


@pytest.fixture(scope="session")
def transactions(database: Database) -> Transactions:
    """The way into it."""
    return Transactions(database, SystemClock())


async def settle(transactions: Transactions) -> Neighbour:
    """Make a tenant with one user and one group."""
    async with transactions.open(Reach.everywhere()) as transaction:
        slug = unique("tenant")
        tenant = await add_tenant(transaction, slug=slug, display_name=slug, partner=(unique("partner"), "Partner"))
        user = await add_user(transaction, tenant.id, email=f"a@{slug}.example", name="Ada", roles=["tenant_user"])
        now = transaction.clock.now()
        group = Group(id=new_id("grp"), tenant_id=tenant.id, name="team", created_at=now, updated_at=now)
        transaction.session.add(group)
    return Neighbour(tenant.id, user.id, group.id)


@pytest.fixture
async def ours(transactions: Transactions) -> Neighbour:
    """The tenant a session belongs to."""
    return await settle(transactions)


@pytest.fixture
async def theirs(transactions: Transactions) -> Neighbour:
    """The tenant it must never see."""
    return await settle(transactions)
