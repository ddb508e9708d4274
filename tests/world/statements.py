"""What a platform asks of its database, as it asks it."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

from sqlalchemy import event

from app.db.engine import Database

ASIDE = {"ledger", "leases"}  # what is done by the clock
BEGIN = "BEGIN"
_TIMES = 20  # a platform that others have worked on in this run may still have something to put in order


@contextmanager
def noted(database: Database) -> Iterator[list[tuple[str, str]]]:
    """Every statement by the thread it is asked on, without what books calls and keeps leases."""
    said = list[tuple[str, str]]()

    def say(statement: str) -> None:
        thread = threading.current_thread().name.partition("_")[0]
        if thread not in ASIDE:
            said.append((thread, statement))

    def asked(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(BEGIN):
            say(statement)

    def begun(_connection: Any) -> None:  # not every engine has a statement for it
        say(BEGIN)

    listening = [("before_cursor_execute", asked), ("begin", begun)]
    engines = (database.lanes, database.requests.sync_engine)
    for engine, (what, listener) in product(engines, listening):
        event.listen(engine, what, listener)
    try:
        yield said
    finally:
        for engine, (what, listener) in product(engines, listening):
            event.remove(engine, what, listener)


async def fewest(database: Database, ask: Callable[[], Awaitable[object]], enough: int) -> list[tuple[str, str]]:
    """What is asked of a database for the sake of this alone: the least of several times, or the first so little."""
    least = list[tuple[str, str]]()
    for _ in range(_TIMES):
        with noted(database) as said:
            await ask()
        if not least or len(said) < len(least):
            least = said
        if len(least) <= enough:
            break
    return least
