"""Ground floor, db: small looks at what is committed, answered together on a thread of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine

from app.db.lane import Lane
from app.db.reader import Reader

T = TypeVar("T")
Look = Callable[[Connection], T]


class Looks:
    """Answers all who came while it answered the last ones, in one transaction that begins after they asked.

    Nothing narrows a look to a tenant: it names whose things it is about, in every statement.
    """

    def __init__(self, engine: Engine) -> None:
        self._reader = Reader(engine)
        self._lane: Lane[Look[Any], Any] = Lane("looks", self._answer, self._reader.rest)

    async def ask(self, look: Look[T]) -> T:
        """What a look finds, or raise what it raises."""
        return cast("T", await self._lane.ask(look))

    def close(self) -> None:
        """Stop the lane."""
        self._lane.close()
        self._reader.close()

    def _answer(self, looks: Sequence[Look[Any]]) -> Sequence[Any]:
        return self._reader.read(lambda connection: [look(connection) for look in looks])
