"""Ground floor, limits: counting in a SQL database, one short transaction for all requests that came together."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, Table, create_engine, delete, select

from app.db.asking import Asking
from app.db.engine import BUSY_SECONDS, prepare_sqlite
from app.db.lane import Lane
from app.db.upsert import added, insert_missing, insert_or_change, replaced
from app.limits.ports import WINDOW_SECONDS, Allowance, Verdict
from app.limits.tables import Counters, RateWindow
from app.limits.window import Standing, judge

_SWEEP_EVERY = 500  # batches between two removals of minutes long gone
_WINDOWS = cast("Table", RateWindow.__table__)
_COUNTED = Asking(
    lambda among: (
        select(_WINDOWS.c.name, _WINDOWS.c.minute, _WINDOWS.c.count, _WINDOWS.c.last)
        .where(
            among(_WINDOWS.c.name, "names"),
            among(_WINDOWS.c.minute, "minutes"),
        )
        .order_by(_WINDOWS.c.name, _WINDOWS.c.minute)
        .with_for_update()
    )
)


def open_counters(home: Path) -> Engine:
    """Open the embedded counters: a file apart from the database, whose writers never make a request wait."""
    for left in home.glob("counters.db*"):  # by a release that did not note when a name was counted last
        left.unlink(missing_ok=True)
    engine = create_engine(f"sqlite:///{home.absolute()}/rates.db", connect_args={"timeout": BUSY_SECONDS})
    prepare_sqlite(engine, synchronous="OFF")
    with engine.begin() as connection:
        Counters.metadata.create_all(connection)
    return engine


_Counted = dict[tuple[str, int], tuple[int, float]]  # by name and minute: how often, and when last
_NEVER = (0, 0.0)


class SqlRateCounter:
    """A RateCounter over SQLite or MariaDB."""

    def __init__(self, engine: Engine, seconds: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._seconds = seconds
        self._batches = 0
        self._lane: Lane[Sequence[Allowance], Verdict] = Lane("rates", self._judge_all)

    async def take(self, allowances: Sequence[Allowance]) -> Verdict:
        """Count one against every allowance, or against none if one of them is used up."""
        return await self._lane.ask(allowances)

    async def aclose(self) -> None:
        """Stop counting."""
        self._lane.close()

    def _judge_all(self, asked: Sequence[Sequence[Allowance]]) -> Sequence[Verdict]:
        now = self._seconds()
        minute, into = int(now // WINDOW_SECONDS), now % WINDOW_SECONDS
        names = sorted({allowance.name for allowances in asked for allowance in allowances})
        with self._engine.begin() as connection:
            counted = self._read(connection, names, minute)
            taken: defaultdict[str, int] = defaultdict(int)
            verdicts = []
            for allowances in asked:
                standings = [_standing(each, counted, (minute, into), taken[each.name]) for each in allowances]
                verdict = judge(standings, into)
                verdicts.append(verdict)
                if verdict.allowed:
                    for allowance in allowances:
                        taken[allowance.name] += 1
            of = {"minute": minute, "last": into}
            rows = [{"name": name, "count": count, **of} for name, count in sorted(taken.items()) if count]
            insert_or_change(connection, _WINDOWS, rows, {"count": added, "last": replaced})
            self._sweep(connection, minute)
        return verdicts

    def _read(self, connection: Connection, names: Sequence[str], minute: int) -> _Counted:
        if connection.dialect.name != "sqlite":
            # A row must exist to be locked; without the lock two processes could both take the last one.
            none = {"minute": minute, "count": 0, "last": 0.0}
            insert_missing(connection, _WINDOWS, [{"name": name, **none} for name in names])
        rows = _COUNTED.put(connection, names=names, minutes=(minute - 1, minute))
        return {(name, minute): (count, last) for name, minute, count, last in rows}

    def _sweep(self, connection: Connection, minute: int) -> None:
        self._batches += 1
        if self._batches % _SWEEP_EVERY == 0:
            connection.execute(delete(RateWindow).where(RateWindow.minute < minute - 1))


def _standing(allowance: Allowance, counted: _Counted, now: tuple[int, float], taken: int) -> Standing:
    """How one stands, with what those before it in the same batch have taken."""
    minute, into = now
    before, last_before = counted.get((allowance.name, minute - 1), _NEVER)
    current, last = counted.get((allowance.name, minute), _NEVER)
    return Standing(allowance.limit, before, current + taken, last_before, into if taken else last)
