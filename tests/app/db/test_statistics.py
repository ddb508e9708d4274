"""SQLite goes by the ids that are asked for, and never through everything that a tenant has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy.dialects import sqlite

from app.db.base import Base, TenantOwned
from app.db.engine import open_database
from app.migrations.run import upgrade
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow

pytestmark = pytest.mark.sqlite
MANY = 500
OWNED = sorted(
    str(mapper.local_table.description)
    for mapper in Base.registry.mappers
    if issubclass(mapper.class_, TenantOwned) and [column.name for column in mapper.primary_key] == ["id"]
)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    home = tmp_path_factory.mktemp("statistics")
    database = open_database(f"sqlite+aiosqlite:///{home}/scaigrid.db")
    upgrade(database.lanes, Path(home))
    with database.lanes.execution_options(writes=False).connect() as made:
        yield made
    database.lanes.dispose()


def planned(connection: Connection, statement: str) -> list[str]:
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]


@pytest.mark.parametrize("table", OWNED)
def test_rows_are_found_by_their_ids(connection: Connection, table: str) -> None:
    ids = ", ".join(f"'id_{number}'" for number in range(MANY))
    statement = f"SELECT * FROM {table} WHERE id IN ({ids}) AND tenant_id = 'tnt_x'"  # noqa: S608 - names of ours
    (plan,) = planned(connection, statement)
    assert "(id=?)" in plan


def test_so_are_the_passages_a_search_has_found(connection: Connection) -> None:
    wanted = select(ChunkRow.id).where(
        ChunkRow.id.in_([f"chk_{number}" for number in range(MANY)]),
        ChunkRow.collection_id == bindparam("its", "col_x"),
        ChunkRow.tenant_id == "tnt_x",
        Document.id == ChunkRow.document_id,
        Document.edition_id == ChunkRow.edition_id,
        Document.tenant_id == "tnt_x",
    )
    written = str(wanted.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    assert all("(id=?)" in plan for plan in planned(connection, written))


def test_what_is_told_is_told_once(connection: Connection) -> None:
    told = connection.execute(text("SELECT tbl, idx, count(*) FROM sqlite_stat1 GROUP BY 1, 2")).all()
    assert {times for *_, times in told} == {1}
    assert {"mod_scaimatrix_chunks", "jobs", "audit_events"} <= {table for table, *_ in told}
