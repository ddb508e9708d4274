"""Ground floor, db: the engines of one process, asynchronous for requests and synchronous for lanes."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import AdaptedConnection, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

from app.db.looking import Looks
from app.db.one_trip import DRIVER
from app.db.pool import ClosedWhole, LastingPool

_PRAGMAS = (
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "wal_autocheckpoint=4000",  # pages; at 1000, which is usual, every hundredth commit waits for the disk
)
_LONGEST_GATHERED = 2**30  # bytes; MariaDB cuts what is longer, see app/db/given.py
BUSY_SECONDS = 15  # longer than any transaction of ours; a writer waits its turn instead of failing


@dataclass(frozen=True, slots=True)
class Database:
    """One database, opened: `requests` for async sessions, `lanes` for batched work on threads, `looks` for reading."""

    requests: AsyncEngine
    lanes: Engine
    looks: Looks
    reads: AsyncEngine = field(init=False)  # the same as `requests`, for transactions that change nothing

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", self.requests.execution_options(writes=False))

    @property
    def is_sqlite(self) -> bool:
        """Whether it is the embedded one."""
        return self.lanes.dialect.name == "sqlite"

    async def answers(self) -> None:
        """Return if the database can be asked something; raise its error if not."""
        async with self.reads.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def dispose(self) -> None:
        """Close every connection, those included that are still on their way back; waited for to the end."""
        closing = asyncio.ensure_future(self._close_requests())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await asyncio.wait({closing})
            raise
        finally:
            self.looks.close()
            self.lanes.dispose()

    async def _close_requests(self) -> None:
        pool = self.requests.pool
        await self.requests.dispose()
        if isinstance(pool, LastingPool):
            await pool.settle(BUSY_SECONDS)


def open_database(address: str) -> Database:
    """Open the database at an async address; nothing is connected yet."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        # Parameters are what people wrote; an error that quotes them ends up in a log.
        patient: dict[str, Any] = {"timeout": BUSY_SECONDS}
        quiet: dict[str, Any] = {"hide_parameters": True, "pool_reset_on_return": None}  # prepare_sqlite resets
        whole = patient | {"factory": ClosedWhole}
        one_trip = url.set(drivername=DRIVER)
        requests = create_async_engine(one_trip, poolclass=LastingPool, connect_args=whole, **quiet)
        lanes = create_engine(url.set(drivername="sqlite"), connect_args=patient, **quiet)
        for engine in (requests.sync_engine, lanes):
            prepare_sqlite(engine)
    else:
        tuning: dict[str, Any] = {"pool_pre_ping": True, "pool_recycle": 1800, "pool_size": 10, "max_overflow": 20}
        tuning["hide_parameters"] = True
        requests = create_async_engine(url, poolclass=LastingPool, **tuning)
        lanes = create_engine(url.set(drivername="mysql+pymysql"), **tuning)
        for engine in (requests.sync_engine, lanes):
            _prepare_mariadb(engine)
    return Database(requests, lanes, Looks(lanes))


def prepare_sqlite(engine: Engine, *, synchronous: str = "NORMAL") -> None:
    """Make SQLite safe for several threads and processes: WAL, waiting writers, foreign keys, honest BEGIN."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin behind our back
        _write_ahead(connection)
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, f"synchronous={synchronous}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    # Asked of the driver, who knows: a rollback of nothing is a hop to a thread after each transaction.
    @event.listens_for(engine, "reset")
    def _reset(connection: Any, record: ConnectionPoolEntry | None, state: PoolResetState) -> None:
        driver: Any = connection if record is None else record.driver_connection  # a lane's own is in no pool
        if state.asyncio_safe and driver is not None and driver.in_transaction:
            connection.rollback()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later can fail half-way; a writer says so at its start.
        if _writes(connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif connection.dialect.is_async:
            connection.exec_driver_sql("BEGIN")
        else:  # on a thread it is neither waited for nor cut off, and a lane begins with each of its answers
            cursor = connection.connection.cursor()
            cursor.execute("BEGIN")
            cursor.close()


def _write_ahead(connection: Any) -> None:
    """Switch a database file to WAL, which SQLite refuses, without any waiting, while another switches it too."""
    until = time.monotonic() + BUSY_SECONDS
    cursor = connection.cursor()
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            _pause(connection, 0.01)
    cursor.close()


def _pause(connection: Any, seconds: float) -> None:
    """Wait a little, on the event loop where the connection lives on one."""
    if isinstance(connection, AdaptedConnection):
        connection.run_async(lambda _: asyncio.sleep(seconds))
    else:
        time.sleep(seconds)


def _prepare_mariadb(engine: Engine) -> None:
    """Make MariaDB strict and predictable: UTC, no silent cutting, readers on one snapshot, writers on the newest."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(
            "SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO',"
            f" innodb_lock_wait_timeout = {BUSY_SECONDS}, group_concat_max_len = {_LONGEST_GATHERED},"
            # A recursive question that goes deeper ends there without a word, and whoever is let in or kept out by
            # a group above is not.
            " max_recursive_iterations = 4294967295"
        )
        # A writer that decides on an old snapshot decides wrongly, and locks on gaps make strangers deadlock.
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        # On by default since 11.6: a locking read then fails where it used to wait and see the newest row, which is
        # what our chains, counters and claims rely on. Older versions do not know it.
        cursor.execute("SHOW VARIABLES LIKE 'innodb_snapshot_isolation'")
        if cursor.fetchone():
            cursor.execute("SET SESSION innodb_snapshot_isolation = OFF")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # What is cached with an epoch must have been true at that epoch: reader and epoch share one snapshot.
        if not _writes(connection) and not connection.get_execution_options().get("lasting"):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writes", True))
