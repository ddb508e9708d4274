"""Ground floor, db: insert or change in one statement, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, Insert, Table, case, column
from sqlalchemy.dialects.mysql import insert as mariadb_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.elements import ColumnElement

Change = Callable[[Any, Any], ColumnElement[Any]]
_MOST_KEPT = 64  # statements: one for each of what is written in the code


def added(held: Any, offered: Any) -> ColumnElement[Any]:
    """Add what was offered to what is held."""
    return cast("ColumnElement[Any]", held + offered)


def replaced(_held: Any, offered: Any) -> ColumnElement[Any]:
    """Take what was offered."""
    return cast("ColumnElement[Any]", offered)


def larger(held: Any, offered: Any) -> ColumnElement[Any]:
    """Keep whichever is more."""
    return case((offered > held, offered), else_=held)


def insert_or_change(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], changes: Mapping[str, Change]
) -> None:
    """Insert rows; where one is there already, set each named column from (what it holds, what was offered)."""
    if rows:
        connection.execute(_changing(connection.dialect.name, table, tuple(changes.items())), list(rows))


def insert_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that are not there yet and leave the others as they are, held until the commit."""
    if rows:
        connection.execute(_missing(connection.dialect.name, table), list(rows))


# Making a statement costs several times what running it does, so each is made once.
@lru_cache(_MOST_KEPT)
def _changing(dialect: str, table: Table, changes: tuple[tuple[str, Change], ...]) -> Insert:
    if dialect == "sqlite":
        lite = sqlite_insert(table)
        new = {name: change(table.c[name], lite.excluded[name]) for name, change in changes}
        keys = [key.name for key in table.primary_key.columns]
        return lite.on_conflict_do_update(index_elements=keys, set_=new)
    maria = mariadb_insert(table)
    return maria.on_duplicate_key_update({name: change(column(name), maria.inserted[name]) for name, change in changes})


@lru_cache(_MOST_KEPT)
def _missing(dialect: str, table: Table) -> Insert:
    if dialect == "sqlite":
        return sqlite_insert(table).on_conflict_do_nothing()
    # INSERT IGNORE would share-lock the rows that are there; two who lock them for change next would deadlock.
    same: dict[str, Any] = {key.name: column(key.name) for key in table.primary_key.columns}
    return mariadb_insert(table).on_duplicate_key_update(same)
