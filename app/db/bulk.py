"""Ground floor, db: many small rows of one tenant at once, past the unit of work but not past what it checks.

A session takes a hundred microseconds for each row and keeps the loop busy meanwhile. What it checks is checked here
too: the tenant is the one of the session's reach, and what is cached of the rows' scope goes stale.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Insert, Table, bindparam, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.base import TenantOwned
from app.db.epochs import bump
from app.db.tenancy import WRITES, ForeignRow, TenantSession, WriteInReading

T = TypeVar("T")
_AT_ONCE = 500
_NUL = "\\u0000"


async def add_rows(session: TenantSession, kind: type[TenantOwned], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows of the session's tenant."""
    table = _table(kind)
    for some in batches(rows):
        async with _writing(session, kind) as (connection, tenant):
            await connection.execute(insert(table), [{**row, "tenant_id": tenant} for row in some])


def insert_rows(on: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of texts and numbers, all of the same columns; whoever calls has seen to whose they are.

    SQLite is given them in one value: a row at a time its driver lets go of the interpreter at each (app/db/given.py).
    """
    for some in batches(rows):
        names = tuple(some[0])
        said = json.dumps([[row[name] for name in names] for row in some]) if on.dialect.name == "sqlite" else _NUL
        if _NUL in said:  # which SQLite's JSON takes for the end of a text
            on.execute(insert(table), list(some))
        else:
            on.execute(_inserting(table, names), {"rows": said})


@cache
def _inserting(table: Table, names: tuple[str, ...]) -> Insert:
    row = func.json_each(bindparam("rows")).table_valued("value")
    return insert(table).from_select(
        list(names), select(*(func.json_extract(row.c.value, f"$[{place}]") for place in range(len(names))))
    )


async def remove_rows(
    session: TenantSession, kind: type[TenantOwned], within: tuple[str, str], among: tuple[str, Collection[str]]
) -> None:
    """Delete the rows of the session's tenant that have one value in a column, and one of some in another."""
    columns = _table(kind).c
    for some in batches(among[1]):
        async with _writing(session, kind) as (connection, tenant):
            mine = (columns.tenant_id == tenant, columns[within[0]] == within[1], columns[among[0]].in_(some))
            await connection.execute(delete(_table(kind)).where(*mine))


def batches(things: Iterable[T]) -> Iterator[Sequence[T]]:
    """Cut into pieces small enough for one statement."""
    left = iter(things)
    while batch := list(islice(left, _AT_ONCE)):
        yield batch


@asynccontextmanager
async def _writing(session: TenantSession, kind: type[TenantOwned]) -> AsyncIterator[tuple[AsyncConnection, str]]:
    tenant = session.reach.only
    if tenant is None:
        raise ForeignRow(f"{kind.__name__} rows in bulk are those of one tenant")
    if not session.info[WRITES]:
        raise WriteInReading("rows were changed in a transaction opened for reading")
    await session.flush()
    connection = await session.connection()
    epoch: str | None = getattr(kind, "__epoch__", None)
    if epoch is not None:
        await connection.run_sync(bump, [epoch.format(tenant=tenant)])
    yield connection, tenant


def _table(kind: type[TenantOwned]) -> Table:
    return cast("Table", cast("Any", kind).__table__)
