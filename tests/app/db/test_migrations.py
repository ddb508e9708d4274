"""The migrations make exactly the tables the code knows, undo themselves, and may be run by two at once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, inspect, select, text

from app.clock import SystemClock
from app.db.engine import Database, open_database
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.tables import User
from app.ids import new_id
from app.inference.tables import Provider
from app.migrations.run import config_for, upgrade
from app.migrations.tables import METADATA
from indexing.collections.tables import Collection
from indexing.maintenance.tables import Reextract
from tests.app.db.conftest import settle
from tests.world.databases import empty_database


@pytest.fixture
async def new(tmp_path: Path) -> AsyncIterator[Database]:
    """A database of this test alone, with nothing in it."""
    with empty_database(tmp_path) as address:
        database = open_database(address)
        yield database
        await database.dispose()


def tables(database: Database) -> set[str]:
    with database.lanes.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True, "target_metadata": METADATA}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))  # type: ignore[arg-type]


async def test_nothing_is_missing_from_the_migrations_or_too_much(new: Database, tmp_path: Path) -> None:
    upgrade(new.lanes, tmp_path)
    with new.lanes.connect() as connection:
        assert differences(connection) == []
    assert tables(new) == {table for metadata in METADATA for table in metadata.tables}


async def test_the_way_down_leaves_nothing_and_the_way_up_is_open_again(new: Database, tmp_path: Path) -> None:
    upgrade(new.lanes, tmp_path)
    with new.lanes.connect() as connection:
        command.downgrade(config_for(connection), "base")
        connection.commit()
    assert tables(new) == set()
    upgrade(new.lanes, tmp_path)
    await settle(Transactions(new, SystemClock()))


async def test_going_up_again_changes_nothing(new: Database, tmp_path: Path) -> None:
    upgrade(new.lanes, tmp_path)
    ours = await settle(Transactions(new, SystemClock()))
    upgrade(new.lanes, tmp_path)
    async with Transactions(new, SystemClock()).open(ours.reach, writes=False) as transaction:
        assert await transaction.session.scalar(select(User.id)) == ours.user


UPGRADE = """
import sys
from pathlib import Path
from app.db.engine import open_database
from app.migrations.run import upgrade

upgrade(open_database(sys.argv[1]).lanes, Path(sys.argv[2]))
"""


async def test_two_processes_may_go_up_at_once(new: Database, tmp_path: Path) -> None:
    address = new.requests.url.render_as_string(hide_password=False)
    both = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", UPGRADE, address, str(tmp_path)) for _ in range(2)
    ]
    assert [await one.wait() for one in both] == [0, 0]
    assert len(tables(new)) > 10
    with new.lanes.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1


async def test_names_that_differ_in_case_accent_or_blanks_are_different_names(new: Database, tmp_path: Path) -> None:
    upgrade(new.lanes, tmp_path)
    transactions = Transactions(new, SystemClock())
    names = ["resume", "Resume", "résumé", "resume ", "re sume", "straße", "strasse", "日本", "🦊", "🐺"]
    now = transactions.clock.now()
    async with transactions.open(Reach.everywhere()) as transaction:
        rows = [Provider(id=new_id("prv"), name=name, type="custom", created_at=now, updated_at=now) for name in names]
        transaction.session.add_all(rows)
    async with transactions.open(Reach.everywhere(), writes=False) as transaction:
        for name in names:
            found = await transaction.session.scalars(select(Provider.name).where(Provider.name == name))
            assert found.all() == [name]
        assert (await transaction.session.scalar(select(Provider.created_at).limit(1))) == now


async def test_every_text_is_compared_byte_by_byte_on_mariadb(new: Database, tmp_path: Path) -> None:
    if new.is_sqlite:
        pytest.skip("SQLite compares so by itself")
    upgrade(new.lanes, tmp_path)
    odd = text(
        "SELECT table_name, column_name, collation_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name <> 'alembic_version'"
        " AND collation_name NOT IN ('utf8mb4_nopad_bin', 'utf8mb4_bin')"
    )
    with new.lanes.connect() as connection:
        assert connection.execute(odd).all() == []


def test_every_constraint_has_a_name_that_a_later_migration_can_say() -> None:
    metadata: list[MetaData] = METADATA
    tables = [table for each in metadata for table in each.tables.values()]
    nameless = [(table.name, constraint) for table in tables for constraint in table.constraints if not constraint.name]
    assert [each for each in nameless if each[0] != "rate_windows"] == []


async def test_a_graph_that_was_switched_on_before_there_were_any_is_read(new: Database, tmp_path: Path) -> None:
    with new.lanes.connect() as connection:
        command.upgrade(config_for(connection), "0007")
        connection.commit()
    ours = await settle(Transactions(new, SystemClock()))
    known = {"tenant_id": ours.id, "name": "n", "description": "", "metadata": "{}", "index_name": "I", "version": 1}
    cut = {"chunking_strategy": "fixed", "chunk_size": 64, "chunk_overlap": 0, "generation": 1}
    graph = {"graph_extraction_model": "local/quote", "graph_max_nodes": 9, "graph_max_edges": 9}
    at, none = SystemClock().now().replace(tzinfo=None), ("total", "processed", "failed")
    numbers = {f"{of}_{name}": 0 for of in ("rechunk", "graph_reextract") for name in none}
    with new.lanes.connect() as connection:
        (there := MetaData()).reflect(connection)
        for slug, enabled, status in (("on", True, "queued"), ("made", True, "idle"), ("off", False, "idle")):
            shown = {"graph_enabled": enabled, "rechunk_status": "idle", "graph_reextract_status": status}
            row = {"id": slug, "slug": slug, "embedding_model": "e", "created_at": at, "updated_at": at}
            table = there.tables["mod_scaimatrix_collections"]
            connection.execute(table.insert().values({**known, **cut, **graph, **numbers, **shown, **row}))
        connection.commit()
    upgrade(new.lanes, tmp_path)
    async with Transactions(new, SystemClock()).open(ours.reach, writes=False) as transaction:
        made = await transaction.session.execute(select(Collection.slug, Collection.graph_generation))
        assert dict(made.all()) == {"on": 1, "made": 1, "off": 0}
        [asked] = (await transaction.session.scalars(select(Reextract))).all()
        assert (asked.collection_id, asked.generation, asked.wish, asked.model) == ("on", 2, "go", "local/quote")
        assert (asked.run, asked.ended_at, asked.started_at.replace(tzinfo=None)) == (None, None, at)
