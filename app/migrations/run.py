"""Roof, migrations: bring a database to the newest version, one process at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

_LOCK = "scaigrid_migrations"
_LOCK_SECONDS = 300


def config_for(connection: Connection) -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, home: Path) -> None:
    """Apply what is missing; a second process that starts at the same moment waits and finds nothing to do."""
    with _alone(engine, home), engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Rebuilding a table under foreign keys would empty the tables that point at it.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        command.upgrade(config_for(connection), "head")
        connection.commit()
        connection.invalidate()


@contextmanager
def _alone(engine: Engine, home: Path) -> Iterator[None]:
    if engine.dialect.name == "sqlite":
        with (home / "migrations.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT GET_LOCK(:name, :seconds)"), {"name": _LOCK, "seconds": _LOCK_SECONDS})
        try:
            yield
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": _LOCK})
