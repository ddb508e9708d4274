"""Ground floor, db: many ids in and many rows out of a statement, each as one value of JSON.

A parameter for each id costs SQLAlchemy more than the database takes to answer, and a statement for each number of
them. A row at a time, SQLite's driver lets go of the interpreter at each: beside a busy thread, 1,000 rows have been
seen to take 1.6 s, and one row with all of them 12 ms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Select, Text, bindparam, column, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import CompoundSelect, Subquery, TableValuedAlias

from app.db.base import MARIADB
from app.db.types import Id

_COLLATION = MARIADB["mysql_collate"]


class RowsLost(Exception):
    """The database left something out of an answer without saying so."""


def given(name: str) -> TableValuedAlias:
    """A table of one column, `value`, of the ids that a parameter lists; `listed` makes such a parameter."""
    return _Given(bindparam(name, type_=Text())).table_valued(column("value", Id)).alias(name)


def listed(ids: Iterable[str]) -> str:
    """Ids as one parameter."""
    return json.dumps(list(ids))


def beside(col: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column to compare, not to look up by: SQLite takes any index for a good one, also of a whole tenant."""
    return _Beside(col)


def gathered(statement: Select[Any] | CompoundSelect[Any]) -> Select[str]:
    """The same with all its rows in one value, which `rows_of` reads: what JSON can say; times are text."""
    rows: Subquery = statement.subquery()
    return select(func.json_array(func.count(), _All(func.json_array(*rows.c)), type_=Text()))


def rows_of(value: str | None) -> list[list[Any]]:
    """Every row of what was gathered."""
    number, rows = json.loads(value) if value is not None else (None, None)
    if number != len(rows or ()):  # MariaDB cuts what is longer than its settings allow, and only warns
        raise RowsLost(f"of {number} rows")
    return rows or []


def read_gathered(connection: Connection, statement: Select[str], parameters: Mapping[str, Any]) -> list[list[Any]]:
    """Ask a gathered statement."""
    return rows_of(connection.execute(statement, dict(parameters)).scalar_one())


class _Given(FunctionElement[Any]):
    name = "given"
    inherit_cache = True


class _All(FunctionElement[str]):
    name = "all"
    inherit_cache = True


class _Beside(FunctionElement[Any]):
    name = "beside"
    inherit_cache = True


@compiles(_Given)
def _given(element: _Given, compiler: SQLCompiler, **options: Any) -> str:
    # The collation of our tables: another would take ids for one that differ in case or accent.
    return (
        f"JSON_TABLE({compiler.process(element.clauses, **options)}, '$[*]' COLUMNS("
        f"value VARCHAR(64) CHARACTER SET utf8mb4 COLLATE {_COLLATION} PATH '$'))"
    )


@compiles(_Given, "sqlite")
def _given_to_sqlite(element: _Given, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_All)
def _all(element: _All, compiler: SQLCompiler, **options: Any) -> str:
    return f"JSON_ARRAYAGG({compiler.process(element.clauses, **options)})"


@compiles(_All, "sqlite")
def _all_of_sqlite(element: _All, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **options)})"


@compiles(_Beside)
def _itself(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(_Beside, "sqlite")
def _beside_in_sqlite(element: _Beside, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"
