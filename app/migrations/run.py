"""Roof, migrations: bring a database to the newest version, one process at a time."""

from __future__ import annotations

import fcntl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect, text

from app.db.statistics import tell_statistics
from app.errors import CannotStart

_LOCK_SECONDS = 300
RESTORING = "scaigrid_restoring"  # a table that is there while a database is filled from a backup


def config_for(connection: Connection) -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The revision that this version works with."""
    return str(_history().get_current_head())


def is_known(revision: str) -> bool:
    """Whether this version can begin at a revision: it is not a newer version's."""
    return revision in {step.revision for step in _history().walk_revisions()}


def revision_of(connection: Connection) -> str | None:
    """The revision of a database; None if it has none of our tables."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, home: Path, *, to: str = "head", restoring: bool = False) -> None:
    """Apply what is missing; a second process that starts at the same moment waits and finds nothing to do.

    A database that is being filled from a backup is left alone by everybody but whoever fills it.
    """
    with _alone(engine, home), engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Rebuilding a table under foreign keys would empty the tables that point at it; within a transaction
            # the pragma would do nothing, so it goes to the driver, before any begins.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            if not restoring and inspect(connection).has_table(RESTORING):
                raise CannotStart(
                    "A backup is being taken back into this database, or that was broken off: begin it anew."
                )
            connection.rollback()  # what was looked at is no part of what follows
            command.upgrade(config_for(connection), to)
            if connection.dialect.name == "sqlite":
                tell_statistics(connection)
            connection.commit()
        except CommandError:
            raise CannotStart(
                "the database is of a newer release than this one: start that, or put a copy back"
            ) from None
        finally:
            connection.invalidate()  # nobody else is to have a connection without foreign keys


def _history() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))


@contextmanager
def _alone(engine: Engine, home: Path) -> Iterator[None]:
    if engine.dialect.name == "sqlite":
        with (home / "migrations.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    # The lock's name is the whole server's: it must tell our database from another one's.
    name = {"name": f"scaigrid:{zlib.crc32(str(engine.url.database).encode())}"}
    with engine.connect() as connection:
        if connection.scalar(text(f"SELECT GET_LOCK(:name, {_LOCK_SECONDS})"), name) != 1:
            raise TimeoutError(f"another process has been migrating the database for {_LOCK_SECONDS} s")
        try:
            yield
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), name)
