"""Ground floor, db: a statement on SQLite in one trip to its connection's thread.

The driver takes four: a cursor is made, the statement run, its rows fetched, the cursor closed, and each of them is a
wait for another thread. What most statements of ours ask is answered in less time than one such wait.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
)

DRIVER = "sqlite+one_trip"


@dataclass(slots=True)
class _Answer:
    """What is left of a cursor once it is closed."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    rows: deque[Any] | None = None
    arraysize: int = 1

    def close(self) -> None:
        """Nothing is open."""


def _ask(connection: sqlite3.Connection, many: bool, statement: str, parameters: Any) -> _Answer:  # noqa: FBT001
    cursor = connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(statement, parameters)
        rows = deque(cursor.fetchall()) if cursor.description else None
        return _Answer(cursor.description, cursor.rowcount, cursor.lastrowid, rows)
    finally:
        cursor.close()


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()
    _awaitable_cursor_close = False

    def _make_new_cursor(self, connection: Any) -> Any:
        return _Answer()

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    async def _execute_async(self, operation: Any, parameters: Any) -> Any:
        return await self._ask(operation, parameters or (), many=False)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> Any:
        return await self._ask(operation, seq_of_parameters, many=True)

    async def _ask(self, statement: str, parameters: Any, *, many: bool) -> None:
        driver: Any = self._connection
        async with self._adapt_connection._execute_mutex:
            answer = await driver._execute(_ask, driver._conn, many, statement, parameters)
        self._cursor, self._rows = answer, answer.rows or deque()


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = _Cursor


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    def connect(self, *arguments: Any, **options: Any) -> _Connection:
        return _Connection(self, super().connect(*arguments, **options).driver_connection)


class OneTrip(SQLiteDialect_aiosqlite):
    """SQLAlchemy's dialect of aiosqlite, with cursors that go there and back once."""

    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> AsyncAdapt_aiosqlite_dbapi:
        """The driver, whose connections ask so."""
        driver = super().import_dbapi()
        return _Driver(driver.aiosqlite, driver.sqlite)


registry.register(DRIVER.replace("+", "."), __name__, OneTrip.__name__)
