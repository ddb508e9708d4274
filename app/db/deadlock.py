"""Ground floor, db: transactions that are simply tried again when two of them stood in each other's way."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from app.db.faults import is_deadlock

T = TypeVar("T")
P = ParamSpec("P")
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
        time.sleep(_pause(attempt))
    with engine.begin() as connection:
        return work(connection)


def tried_again(deed: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Do a deed that is one transaction of its own once more, if it lost against another one."""

    @wraps(deed)
    async def done(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(_ATTEMPTS - 1):
            try:
                return await deed(*args, **kwargs)
            except OperationalError as error:
                if not is_deadlock(error):
                    raise
            await asyncio.sleep(_pause(attempt))
        return await deed(*args, **kwargs)

    return done


def _pause(attempt: int) -> float:
    return random.uniform(0, 0.005 * 2**attempt)  # noqa: S311 - only spreads those who try again
