"""Ground floor, db: small changes that arrive together, made in one transaction on a thread of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine

from app.clock import Clock
from app.db.lane import Lane

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Writing:
    """Where something is written, and the time at which it all happens."""

    on: Connection
    at: datetime


class Writer:
    """Makes changes for all who came while it made the last ones; theirs are durable when it answers.

    A change may be made several times over, of which one counts: it does nothing but read and write here. Nothing
    narrows it to a tenant: what is written names whose it is, or goes by an id that was found for its tenant.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._lane: Lane[Callable[[Writing], Any], Any] = Lane("writer", self._write)

    async def write(self, change: Callable[[Writing], T]) -> T:
        """Make a change, or raise what it raises; then nothing of it is kept."""
        return cast("T", await self._lane.ask(change))

    def close(self) -> None:
        """Stop the lane."""
        self._lane.close()

    def _write(self, changes: Sequence[Callable[[Writing], Any]]) -> Sequence[Any]:
        with self._engine.begin() as connection:
            writing = Writing(connection, self._clock.now())
            return [change(writing) for change in changes]
