"""The embedded database stands several processes and threads writing at once."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError

from app.clock import SystemClock
from app.db.engine import Database, open_database
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.tables import Group
from app.ids import new_id
from app.migrations.run import upgrade
from tests.app.db.conftest import Neighbour, settle
from tests.world.patience import PATIENCE

pytestmark = pytest.mark.sqlite

WRITES = 300
WRITER = f"""
import asyncio, sys
from app.clock import SystemClock
from app.db.engine import open_database
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.tables import Group, User
from app.ids import new_id

async def write(transactions: Transactions, tenant: str, user: str, name: str) -> None:
    async with transactions.open(Reach.one(tenant)) as transaction:
        person = await transaction.session.get_one(User, user)  # reads first, as most requests do
        now = transaction.clock.now()
        person.name = name
        transaction.session.add(Group(id=new_id("grp"), name=name, created_at=now, updated_at=now))

async def main(address: str, tenant: str, user: str, mark: str) -> None:
    database = open_database(address)
    transactions = Transactions(database, SystemClock())
    for start in range(0, {WRITES}, 10):
        await asyncio.gather(*(write(transactions, tenant, user, f"{{mark}}{{start + n}}") for n in range(10)))
    await database.dispose()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_two_processes_write_three_hundred_transactions_each_without_loss(
    address: str, transactions: Transactions, ours: Neighbour, theirs: Neighbour
) -> None:
    writers = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, address, who.id, who.user, "w")
        for who in (ours, theirs)
    ]
    assert [await writer.wait() for writer in writers] == [0, 0]
    for who in (ours, theirs):
        async with transactions.open(Reach.everywhere(), writes=False) as transaction:
            counted = text("SELECT count(DISTINCT name) FROM groups WHERE tenant_id = :tenant AND name LIKE 'w%'")
            assert await transaction.session.scalar(counted, {"tenant": who.id}) == WRITES


async def pragma(database: Database, name: str) -> object:
    async with database.requests.execution_options(writes=False).connect() as connection:
        return await connection.scalar(text(f"PRAGMA {name}"))


async def test_every_connection_is_in_wal_and_keeps_foreign_keys(database: Database) -> None:
    assert await pragma(database, "journal_mode") == "wal"
    assert await pragma(database, "foreign_keys") == 1
    with database.lanes.connect() as connection:
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


async def test_a_row_of_nobody_is_refused(transactions: Transactions) -> None:
    now = transactions.clock.now()
    with pytest.raises(IntegrityError):
        async with transactions.open(Reach.everywhere()) as transaction:
            orphan = Group(id=new_id("grp"), tenant_id="tnt_nobody", name="x", created_at=now, updated_at=now)
            transaction.session.add(orphan)


async def test_a_reader_waits_for_no_writer(transactions: Transactions, database: Database, ours: Neighbour) -> None:
    async with transactions.open(ours.reach) as writer:
        (await writer.session.get_one(Group, ours.group)).name = "held"
        await writer.session.flush()
        async with asyncio.timeout(PATIENCE):
            async with transactions.open(ours.reach, writes=False) as reader:
                assert (await reader.session.get_one(Group, ours.group)).name == "team"
            await database.answers()


async def test_opening_a_new_file_in_many_threads_at_once_works(tmp_path: Path) -> None:
    """SQLite refuses one of two that switch a file to WAL at the same moment, without any waiting of its own."""

    async def open_and_write(file: Path, number: int) -> None:
        database = open_database(f"sqlite+aiosqlite:///{file}")
        async with database.requests.begin() as connection:
            await connection.execute(text(f"CREATE TABLE t{number} (x)"))
        await database.dispose()

    for file in (tmp_path / f"{number}.db" for number in range(10)):
        await asyncio.gather(*(open_and_write(file, number) for number in range(8)))


async def test_a_rebuilt_table_keeps_the_rows_that_point_at_it(tmp_path: Path) -> None:
    """Alembic rebuilds a SQLite table by dropping the old one; under foreign keys that would empty its children."""
    database = open_database(f"sqlite+aiosqlite:///{tmp_path}/scaigrid.db")
    upgrade(database.lanes, tmp_path)
    await settle(Transactions(database, SystemClock()))
    seen: list[object] = []

    def while_migrating(connection: Connection, *_: object) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        seen.append(driver.execute("PRAGMA foreign_keys").fetchone()[0])

    event.listen(database.lanes, "before_cursor_execute", while_migrating)
    upgrade(database.lanes, tmp_path)
    assert set(seen) == {0}
    event.remove(database.lanes, "before_cursor_execute", while_migrating)
    assert await pragma(database, "foreign_keys") == 1
    await database.dispose()
