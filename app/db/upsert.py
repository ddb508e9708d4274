"""Ground floor, db: insert or change in one statement, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, column
from sqlalchemy.dialects.mysql import insert as mariadb_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.elements import ColumnElement

Change = Callable[[Any, Any], ColumnElement[Any]]


def insert_or_change(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], changes: Mapping[str, Change]
) -> None:
    """Insert rows; where one is there already, set each named column from (what it holds, what was offered)."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        lite = sqlite_insert(table)
        new = {name: change(table.c[name], lite.excluded[name]) for name, change in changes.items()}
        keys = [key.name for key in table.primary_key.columns]
        statement: Any = lite.on_conflict_do_update(index_elements=keys, set_=new)
    else:
        maria = mariadb_insert(table)
        statement = maria.on_duplicate_key_update(
            {name: change(column(name), maria.inserted[name]) for name, change in changes.items()}
        )
    connection.execute(statement, list(rows))


def insert_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that are not there yet and leave the others as they are, held until the commit."""
    if not rows:
        return
    statement: Any
    if connection.dialect.name == "sqlite":
        statement = sqlite_insert(table).on_conflict_do_nothing()
    else:
        # INSERT IGNORE would share-lock the rows that are there; two who lock them for change next would deadlock.
        same: dict[str, Any] = {key.name: column(key.name) for key in table.primary_key.columns}
        statement = mariadb_insert(table).on_duplicate_key_update(same)
    connection.execute(statement, list(rows))
