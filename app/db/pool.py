"""Ground floor, db: connections that are given back or closed, whatever becomes of who asked for them."""

from __future__ import annotations

import asyncio
import sqlite3
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import AsyncAdaptedQueuePool
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util.concurrency import await_, greenlet_spawn, in_greenlet

Made = TypeVar("Made")


class ClosedWhole(sqlite3.Connection):
    """A connection to a file that is really closed: an answer nobody has read to its end would keep the file open."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._asked: weakref.WeakSet[sqlite3.Cursor] = weakref.WeakSet()

    def cursor(self, *arguments: Any, **options: Any) -> Any:
        """Make a cursor, and know of it."""
        made = super().cursor(*arguments, **options)
        self._asked.add(made)
        return made

    def close(self) -> None:
        """Let go of every answer, then of the file."""
        for cursor in self._asked:
            cursor.close()
        super().close()


class LastingPool(AsyncAdaptedQueuePool):
    """A pool whose connections are made and closed to the end, by tasks that no cancelling of a request reaches.

    Who is cancelled while a connection is made would leave it to nobody; who is cancelled twice while one is closed
    leaves its thread or socket open. And what comes back after the pool was disposed is closed instead of kept.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._out: set[ConnectionPoolEntry] = set()
        self._working: set[asyncio.Task[Any]] = set()
        self._changed = asyncio.Event()
        self._over = False

    def dispose(self) -> None:
        """Close what is idle now, and the others when they come back."""
        self._over = True
        super().dispose()

    async def settle(self, seconds: float) -> None:
        """Wait until every connection has come back and is closed; whatever is late is closed under its user."""
        try:
            async with asyncio.timeout(seconds):
                await self._quiet()
        except TimeoutError:
            for record in self._out:
                self._apart(record.close)
            self._out.clear()
            await self._quiet()

    async def _quiet(self) -> None:
        while self._out or self._working:
            self._changed.clear()
            await self._changed.wait()

    def _do_get(self) -> ConnectionPoolEntry:
        record = super()._do_get()
        self._out.add(record)
        return record

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        try:
            if self._over:
                record.close()
            else:
                super()._do_return_conn(record)
        finally:
            self._out.discard(record)
            self._changed.set()

    def _create_connection(self) -> ConnectionPoolEntry:
        making = self._apart(super()._create_connection)
        try:
            return await_(asyncio.shield(making))
        except asyncio.CancelledError:
            making.add_done_callback(self._close_unwanted)
            raise

    def _close_unwanted(self, making: asyncio.Task[ConnectionPoolEntry]) -> None:
        if not making.cancelled() and making.exception() is None:
            self._apart(making.result().close)

    def _close_connection(self, connection: DBAPIConnection, *, terminate: bool = False) -> None:
        if not in_greenlet():  # the garbage collector found it
            super()._close_connection(connection, terminate=terminate)
            return
        # A file has nobody to say goodbye to, so there is nothing to cut short either.
        terminate = terminate and not isinstance(self._dialect, SQLiteDialect)
        await_(asyncio.shield(self._apart(partial(super()._close_connection, connection, terminate=terminate))))

    def _apart(self, deed: Callable[[], Made]) -> asyncio.Task[Made]:
        task = asyncio.ensure_future(greenlet_spawn(deed))
        self._working.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._working.discard(task)
        self._changed.set()
