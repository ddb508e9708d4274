"""Ground floor, db: questions about some things at once, written down once for each number of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Dialect, Executable, Select, bindparam

Among = Callable[[ColumnElement[Any], str], ColumnElement[bool]]  # a column, and the name of the list it must be in
_Rooms = tuple[tuple[str, int], ...]


class Asking:
    """A statement with lists in it; what is not a list is an ordinary parameter.

    SQLAlchemy writes its own lists anew at every use, which costs several times what the database takes to answer.
    """

    def __init__(self, write: Callable[[Among], Executable]) -> None:
        self._write = write
        self._written: dict[_Rooms, Executable] = {}
        self._by_heart: dict[tuple[_Rooms, str], _ByHeart] = {}

    def put(
        self, connection: Connection, *, plain: dict[str, Any] | None = None, **lists: Collection[Any]
    ) -> CursorResult[*tuple[Any, ...]]:
        """Ask it of some lists; none of them may be empty."""
        rooms = _rooms(lists)
        return connection.execute(self._statement(rooms), _parameters(rooms, plain, lists))

    def rows(
        self, connection: Connection, *, plain: dict[str, Any] | None = None, **lists: Collection[Any]
    ) -> list[tuple[Any, ...]]:
        """The same of a select that each request asks; its parameters are text and numbers.

        It is handed to the driver as it was written the first time: what SQLAlchemy does with a statement that it
        knows by heart, and with its answer, takes longer than most answers.
        """
        rooms = _rooms(lists)
        known = (rooms, connection.dialect.driver)
        written = self._by_heart.get(known)
        if written is None:
            written = self._by_heart[known] = _by_heart(self._statement(rooms), connection.dialect)
        return written.ask(connection, _parameters(rooms, plain, lists))

    def _statement(self, rooms: _Rooms) -> Any:
        statement = self._written.get(rooms)
        if statement is None:
            statement = self._written[rooms] = self._write(_among(dict(rooms)))
        return statement


@dataclass(frozen=True, slots=True)
class _ByHeart:
    """A select in the words of one database and its driver."""

    sql: str
    names: Sequence[str] | None  # of its parameters, in their order, where its driver takes them so
    fixed: dict[str, Any]  # those that stand in it
    reading: Sequence[tuple[int, Callable[[Any], Any]]]  # the columns that are not as the driver gives them

    def ask(self, connection: Connection, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        every = {**self.fixed, **parameters}
        given = every if self.names is None else tuple([every[name] for name in self.names])
        found = _fetched(connection, self.sql, given)
        return [self._read(row) for row in found] if self.reading else found

    def _read(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for place, read in self.reading:
            values[place] = read(values[place])
        return tuple(values)


def _fetched(connection: Connection, sql: str, given: Any) -> list[tuple[Any, ...]]:
    """What the database answers; where the driver is waited for on the event loop, SQLAlchemy does that."""
    if not connection.dialect.is_async:
        # What goes wrong is asked again by SQLAlchemy, who knows what it means for the connection.
        with suppress(connection.dialect.loaded_dbapi.Error):
            return _of_the_driver(connection, sql, given)
    return [tuple(row) for row in connection.exec_driver_sql(sql, given)]


def _of_the_driver(connection: Connection, sql: str, given: Any) -> list[tuple[Any, ...]]:
    if not connection.in_transaction():
        connection.begin()
    with closing(connection.connection.cursor()) as cursor:
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, cursor, sql, given, None, False)
        cursor.execute(sql, given)
        return list(cursor.fetchall())


def _by_heart(statement: Select[Any], dialect: Dialect) -> _ByHeart:
    compiled = statement.compile(dialect=dialect)
    readers = [
        column.type.dialect_impl(dialect).result_processor(dialect, None) for column in statement.selected_columns
    ]
    reading = [(place, read) for place, read in enumerate(readers) if read is not None]
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    names = compiled.positiontup or () if compiled.positional else None
    return _ByHeart(str(compiled), names, fixed, reading)


def _rooms(lists: dict[str, Collection[Any]]) -> _Rooms:
    return tuple((name, _room(len(values))) for name, values in lists.items())


def _parameters(rooms: _Rooms, plain: dict[str, Any] | None, lists: dict[str, Collection[Any]]) -> dict[str, Any]:
    parameters = dict(plain or {})
    for name, room in rooms:
        values = list(lists[name])
        values += values[-1:] * (room - len(values))  # to ask for one twice changes nothing
        parameters.update((f"{name}_{place}", value) for place, value in enumerate(values))
    return parameters


def _room(number: int) -> int:
    """The next power of two, so that few statements do for all numbers."""
    return 1 << max(0, number - 1).bit_length()


def _among(rooms: dict[str, int]) -> Among:
    def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        return column.in_([bindparam(f"{name}_{place}", type_=column.type) for place in range(rooms[name])])

    return among
