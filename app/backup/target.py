"""Roof, backup: the database that is filled: empty, or emptied; nobody starts on it before it is whole.

A table of our own stands in it until then. It also remembers what stood there before, so that a filling that was killed
begins anew and still clears all of that away.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, func, insert, inspect, select, text

from app.backup.errors import BackupRefused
from app.backup.kept import all_tables
from app.db.base import MARIADB
from app.db.epochs import Epoch
from app.db.types import LongText
from app.identity.tables import Partner
from app.migrations.run import RESTORING, upgrade
from indexing.collections.tables import Collection
from indexing.stores.vectors import Index

_OF_MARIADB: dict[str, Any] = dict(MARIADB)
_BEFORE: Table = Table(
    RESTORING, MetaData(), Column("id", Integer, primary_key=True), Column("said", LongText), **_OF_MARIADB
)
_HISTORY = "alembic_version"


@dataclass(frozen=True, slots=True)
class Before:
    """What was there before."""

    begun: bool  # there was something, if only half a backup
    indexes: list[Index] = field(default_factory=list)
    epochs: Mapping[str, int] = field(default_factory=dict)


def is_free(engine: Engine) -> bool:
    """Whether a backup may be taken back here without taking anything away."""
    with engine.execution_options(writes=False).connect() as connection:
        held = set(inspect(connection).get_table_names())
        if RESTORING in held or Partner.__tablename__ not in held:
            return True
        return not connection.scalar(select(func.count()).select_from(Partner))


def empty(engine: Engine, home: Path, revision: str) -> Before:
    """Leave nothing but the tables of a revision, without a row; says what there was."""
    with unchecked(engine) as connection:
        before = _remembered(connection)
        held = set(inspect(connection).get_table_names())
        for name in held & {table.name for table in all_tables()} | held & {_HISTORY}:
            connection.execute(text(f"DROP TABLE {name}"))
        connection.commit()
    upgrade(engine, home, to=revision, restoring=True)
    with unchecked(engine) as connection:
        for name in set(inspect(connection).get_table_names()) & {table.name for table in all_tables()}:
            connection.execute(text(f"DELETE FROM {name}"))  # noqa: S608 - names of ours
        connection.commit()
    return before


def release(engine: Engine) -> None:
    """Let everybody start on it."""
    with engine.begin() as connection:
        _BEFORE.drop(connection)


@contextmanager
def unchecked(engine: Engine) -> Iterator[Connection]:
    """A connection on which rows may point at what is not there yet; it is for nobody else afterwards."""
    with engine.connect() as connection:
        driver = connection.connection.cursor()
        off = "PRAGMA foreign_keys=OFF" if connection.dialect.name == "sqlite" else "SET FOREIGN_KEY_CHECKS=0"
        driver.execute(off)
        driver.close()
        try:
            yield connection
        finally:
            connection.rollback()
            connection.invalidate()


def dangling(connection: Connection) -> str | None:
    """The first relation between tables in which a row points at one that is not there."""
    for table in all_tables():
        for key in table.foreign_keys:
            parent = key.column.table.alias()
            child, pointed = key.parent, parent.c[key.column.name]
            lost = select(child).outerjoin(parent, child == pointed).where(child.is_not(None), pointed.is_(None))
            if connection.execute(lost.limit(1)).first() is not None:
                return f"{table.name}.{child.name}"
    return None


def _remembered(connection: Connection) -> Before:
    held = set(inspect(connection).get_table_names())
    if RESTORING in held:
        said = connection.scalar(select(_BEFORE.c.said))
        told = json.loads(said) if said else {"indexes": [], "epochs": {}}
        return Before(True, [Index(*one) for one in told["indexes"]], told["epochs"])
    before = Before(_HISTORY in held, list(_indexes(connection, held)), dict(_epochs(connection, held)))
    indexes = [[one.tenant_id, one.collection_id, one.name] for one in before.indexes]
    _BEFORE.create(connection)
    connection.execute(insert(_BEFORE), {"id": 1, "said": json.dumps({"indexes": indexes, "epochs": before.epochs})})
    connection.commit()
    return before


def _indexes(connection: Connection, held: set[str]) -> Iterable[Index]:
    if Collection.__tablename__ in held:
        wanted = select(Collection.tenant_id, Collection.id, Collection.index_name)
        yield from (Index(*row) for row in connection.execute(wanted))


def _epochs(connection: Connection, held: set[str]) -> Iterable[tuple[str, int]]:
    if Epoch.__tablename__ in held:
        yield from ((scope, number) for scope, number in connection.execute(select(Epoch.scope, Epoch.number)))


def check(engine: Engine, *, replace: bool) -> None:
    """Refuse a database that holds something, unless it is to be replaced."""
    if not replace and not is_free(engine):
        raise BackupRefused("The database is not empty; --replace takes away everything that is in it.")
