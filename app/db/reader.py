"""Ground floor, db: one connection that a lane keeps to itself and reads with, one transaction after the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.db.faults import is_away

Answer = TypeVar("Answer")


class Reader:
    """Reads on the thread of a lane; a connection that turns out to be dead is opened again.

    One of a pool is asked whether it lives, told how to read, and handed back at every use: longer than most answers.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(writes=False, lasting=True)
        self._held: Connection | None = None

    def read(self, work: Callable[[Connection], Answer]) -> Answer:
        """Do all the reading of some answers in one transaction, which begins now."""
        self.rest()
        fresh = self._held is None
        try:
            return work(self._open())
        except DBAPIError as error:
            self.close()
            if fresh or not (error.connection_invalidated or is_away(error)):
                raise
        return work(self._open())

    def rest(self) -> None:
        """End the last transaction, so that it holds up nobody."""
        if self._held is not None and self._held.in_transaction():
            try:
                self._held.rollback()
            except DBAPIError:
                self.close()

    def close(self) -> None:
        """Let go of the connection."""
        held, self._held = self._held, None
        if held is not None:
            with suppress(DBAPIError):
                held.close()

    def _open(self) -> Connection:
        if self._held is None:
            self._held = self._engine.connect()
            self._held.detach()  # it is never anybody else's again
            if self._held.dialect.name != "sqlite":
                self._held.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                self._held.rollback()
        return self._held
