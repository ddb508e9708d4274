"""Ground floor, db: questions about some things at once, written down once for each number of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Executable, bindparam

Among = Callable[[ColumnElement[Any], str], ColumnElement[bool]]  # a column, and the name of the list it must be in


class Asking:
    """A statement with lists in it; what is not a list is an ordinary parameter.

    SQLAlchemy writes its own lists anew at every use, which costs several times what the database takes to answer.
    """

    def __init__(self, write: Callable[[Among], Executable]) -> None:
        self._write = write
        self._written: dict[tuple[tuple[str, int], ...], Executable] = {}

    def put(
        self, connection: Connection, *, plain: dict[str, Any] | None = None, **lists: Collection[Any]
    ) -> CursorResult[*tuple[Any, ...]]:
        """Ask it of some lists; none of them may be empty."""
        rooms = tuple((name, _room(len(values))) for name, values in lists.items())
        statement = self._written.get(rooms)
        if statement is None:
            statement = self._written[rooms] = self._write(_among(dict(rooms)))
        parameters = dict(plain or {})
        for name, room in rooms:
            values = list(lists[name])
            values += values[-1:] * (room - len(values))  # to ask for one twice changes nothing
            parameters.update((f"{name}_{place}", value) for place, value in enumerate(values))
        return connection.execute(statement, parameters)


def _room(number: int) -> int:
    """The next power of two, so that few statements do for all numbers."""
    return 1 << max(0, number - 1).bit_length()


def _among(rooms: dict[str, int]) -> Among:
    def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        return column.in_([bindparam(f"{name}_{place}", type_=column.type) for place in range(rooms[name])])

    return among
