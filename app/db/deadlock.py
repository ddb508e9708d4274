"""Ground floor, db: transactions that are simply tried again when two of them stood in each other's way."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from app.db.faults import is_deadlock

T = TypeVar("T")
_ATTEMPTS = 8


def transact(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run synchronous work in a transaction of its own; it may be run several times."""
    for attempt in range(_ATTEMPTS - 1):
        try:
            with engine.begin() as connection:
                return work(connection)
        except OperationalError as error:
            if not is_deadlock(error):
                raise
        time.sleep(random.uniform(0, 0.005 * 2**attempt))  # noqa: S311 - only spreads those who try again
    with engine.begin() as connection:
        return work(connection)
