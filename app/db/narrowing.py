"""Ground floor, db: which statements can be narrowed to a tenant, and the refusal of all others.

Narrowing works on mapped classes. A statement on bare tables, on SQL text or on rows given as values would slip past
it, so a session with a reach refuses to run one; who really works across tenants says so with Reach.everywhere().
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from weakref import WeakSet

from sqlalchemy import Column, Delete, Insert, Select, Table, TextClause, Update
from sqlalchemy.orm import FromStatement, ORMExecuteState
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ClauseElement, ColumnClause
from sqlalchemy.sql.selectable import FromClause, SelectBase, TableClause

from app.db.base import Base, TenantOwned

_MAPPED = "parententity"  # SQLAlchemy's mark on what came from a mapped class
_TENANT = "tenant_id"
# Whatever its parameters and tenants: a statement never changes, and those that are run most often are made once.
_FOUND_NARROWABLE: WeakSet[Select[Any]] = WeakSet()


class NotNarrowable(Exception):
    """A statement whose tenant nobody can vouch for; always a fault of ours, never of a caller."""


def refuse_unnarrowable(state: ORMExecuteState, tenants: frozenset[str]) -> None:
    """Raise unless narrowing the statement to these tenants reaches every row it touches."""
    statement: Any = state.statement
    if statement in _FOUND_NARROWABLE:
        return
    narrowed = _narrowed_columns(statement)
    for element in visitors.iterate(statement):
        fault = None if id(element) in narrowed else _fault_of(element)
        if fault:
            raise NotNarrowable(f"{fault}: use the mapped classes, or open the transaction with Reach.everywhere()")
    if isinstance(statement, Insert | Update) and _is_owned(statement.table):
        _refuse_foreign_values(statement, state.parameters, tenants)
    if isinstance(statement, Update | Delete):
        _refuse_second_table(statement)
    if isinstance(statement, Select):
        _FOUND_NARROWABLE.add(statement)


@cache
def _owned_tables() -> frozenset[str]:
    owned = (mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, TenantOwned))
    return frozenset(table.key for table in owned if isinstance(table, Table))


def _is_owned(table: Any) -> bool:
    return isinstance(table, Table) and table.key in _owned_tables()


def _narrowed_columns(statement: Any) -> set[int]:
    """Bare columns beside their own class, by which it is narrowed: so SQLAlchemy itself looks rows up by their id."""
    if not isinstance(statement, Select):
        return set()
    sources = (*statement._raw_columns, *statement._from_obj)
    through = {str(source) for source in sources if isinstance(source, Table) and _is_mapped(source)}
    parts = (
        part for root in (*statement._raw_columns, *statement._where_criteria) for part in _without_subqueries(root)
    )
    return {id(part) for part in parts if isinstance(part, Column) and str(part.table) in through}


def _without_subqueries(element: Any) -> Iterator[Any]:
    yield element
    for child in () if isinstance(element, SelectBase | FromClause) else element.get_children():
        yield from _without_subqueries(child)


def _fault_of(element: Any) -> str | None:
    if isinstance(element, TextClause | FromStatement):
        return "SQL text" if str(element) != "*" else None
    if isinstance(element, ColumnClause):
        return _fault_of_column(element)
    if isinstance(element, TableClause) and not isinstance(element, Table):
        return f"the bare table {element.name}"
    sources: Iterable[Any] = ()
    if isinstance(element, Select):
        joined = (join[0] for join in element._setup_joins)
        sources = (*element._raw_columns, *element._from_obj, *joined)
    elif isinstance(element, Insert | Update | Delete):
        sources = (element.table,)
    bare = next((table for source in sources for table in _bare_tables(source)), None)
    return None if bare is None else f"the bare table {bare.name}"


def _fault_of_column(column: ColumnClause[Any]) -> str | None:
    if column.is_literal and column.name != "*":
        return "SQL text"
    if isinstance(column, Column) and not _is_mapped(column):
        table = next(_bare_tables(column.table), None)
        return None if table is None else f"the bare column {table.name}.{column.name}"
    return None


def _bare_tables(source: Any) -> Iterator[Table]:
    """The tables of tenants in a source that did not come through their class."""
    if isinstance(source, FromClause) and not _is_mapped(source):
        if isinstance(source, Table) and _is_owned(source):
            yield source
        for part in ("left", "right", "element"):
            yield from _bare_tables(getattr(source, part, None))


def _is_mapped(element: ClauseElement) -> bool:
    return _MAPPED in element._annotations


def _refuse_foreign_values(statement: Insert | Update, parameters: Any, tenants: frozenset[str]) -> None:
    rows = parameters if isinstance(parameters, list) else [parameters] if parameters else []
    inserts = isinstance(statement, Insert)
    if inserts and all(row.get(_TENANT) in tenants for row in rows) and rows and not _has_values(statement):
        return
    named = {getattr(column, "key", column) for column in statement._values or {}}
    if inserts or rows or _TENANT in named:
        verb = "inserting" if inserts else "updating"
        raise NotNarrowable(f"{verb} rows of {statement.table} in bulk without a tenant that can be checked")


def _refuse_second_table(statement: Update | Delete) -> None:
    """Only the table that is changed would be narrowed, not one that it is compared with or copied from."""
    parts = (*statement._where_criteria, *(getattr(statement, "_values", None) or {}).values())
    for source in (source for part in parts for source in part._from_objects):
        if str(getattr(source, "key", None)) != str(statement.table):
            raise NotNarrowable(f"changing {statement.table} by {source}: say it with a subquery")


def _has_values(statement: Insert | Update) -> bool:
    return bool(statement._values or statement._multi_values or getattr(statement, "select", None) is not None)
