"""A statement on SQLite is one trip to its connection's thread, and answers all that a cursor would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.engine import open_database

THINGS = Table("things", MetaData(), Column("id", Integer, primary_key=True), Column("name", Text, unique=True))
SOME = [{"name": "a"}, {"name": "b"}, {"name": "c"}]


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[AsyncConnection]:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'things.db'}")
    async with database.requests.begin() as connection:
        await connection.run_sync(THINGS.metadata.create_all)
        await connection.execute(insert(THINGS), SOME)
        yield connection
    await database.dispose()


@pytest.fixture
async def trips(connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Each visit to this connection's thread from here on."""
    made: list[Any] = []
    visit: Any = aiosqlite.Connection._execute
    mine = (await connection.get_raw_connection()).driver_connection

    async def noted(self: aiosqlite.Connection, deed: Any, *arguments: Any, **options: Any) -> Any:
        if self is mine:  # and not those of platforms that other tests have in this loop
            made.append(deed)
        return await visit(self, deed, *arguments, **options)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", noted)
    return made


async def test_what_is_asked_and_what_is_changed_is_one_trip_each(
    connection: AsyncConnection, trips: list[Any]
) -> None:
    assert (await connection.execute(select(THINGS.c.name).order_by(THINGS.c.id))).scalars().all() == ["a", "b", "c"]
    assert len(trips) == 1
    await connection.execute(text("UPDATE things SET name = name || '!'"))
    assert len(trips) == 2


async def test_an_answer_says_all_that_a_cursor_says(connection: AsyncConnection) -> None:
    made = await connection.execute(insert(THINGS).values(name="d"))
    assert made.inserted_primary_key == (4,)
    several = await connection.execute(insert(THINGS).returning(THINGS.c.id), [{"name": "e"}, {"name": "f"}])
    assert several.scalars().all() == [5, 6]
    changed = await connection.execute(
        THINGS.update().where(THINGS.c.name == bindparam("old")).values(name=bindparam("new")),
        [{"old": "a", "new": "x"}, {"old": "nobody", "new": "y"}, {"old": "b", "new": "z"}],
    )
    assert changed.rowcount == 2
    none = await connection.execute(select(THINGS).where(THINGS.c.id == 77))
    assert (list(none.keys()), none.first()) == (["id", "name"], None)
    some = await connection.execute(select(THINGS.c.id).order_by(THINGS.c.id))
    assert [some.fetchone(), *some.fetchmany(2)] == [(1,), (2,), (3,)]


async def test_rows_that_are_wanted_bit_by_bit_come_so(connection: AsyncConnection) -> None:
    async with connection.stream(select(THINGS.c.name).order_by(THINGS.c.id)) as flowing:
        assert [name async for name in flowing.scalars()] == ["a", "b", "c"]


async def test_what_is_refused_is_refused_as_ever_and_quotes_nothing(connection: AsyncConnection) -> None:
    with pytest.raises(IntegrityError) as refused:
        await connection.execute(insert(THINGS).values(name="a"))
    assert "parameters hidden" in str(refused.value)
    assert (await connection.execute(text("SELECT count(*) FROM things"))).scalar_one() == 3
