"""Knowing, crawls: how far runs are, looked at once for all who watch them in this process.

However many watch, and however many runs, one statement asks what has moved, and one more what has become of that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, cast

import structlog
from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import SQLAlchemyError

from app.db.asking import Asking
from app.db.transaction import Transactions
from app.errors import PlatformError, Unavailable
from indexing.crawls.history import CrawlJobNotFound
from indexing.crawls.tables import PENDING, RUNNING, CrawlJob

LOOK_SECONDS = 0.1
_AT_ONCE = 500

log = structlog.get_logger("crawls")


@dataclass(frozen=True, eq=False)
class Watchable:
    """A kind of long work whose rows have an id, a tenant, a status and a number of changes."""

    name: str  # for the log
    rows: Table
    gone: Callable[[], PlatformError]  # what is told of one that is not there any more

    @cached_property
    def moved(self) -> Asking:
        """Asks which of some have moved on."""
        columns = self.rows.c
        return Asking(
            lambda among: select(columns.id, columns.changes).where(
                among(columns.id, "jobs"), among(columns.tenant_id, "tenants")
            )
        )

    @cached_property
    def whole(self) -> Asking:
        """Asks for all that there is of some."""
        columns = self.rows.c
        return Asking(
            lambda among: select(self.rows).where(among(columns.id, "jobs"), among(columns.tenant_id, "tenants"))
        )


CRAWLS = Watchable("crawls", cast("Table", CrawlJob.__table__), CrawlJobNotFound)
_GO_ON = frozenset({PENDING, RUNNING})


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A run as it was when it was looked at; `job` has what its row has."""

    job: Any

    @property
    def changes(self) -> int:
        """The number of what is told of it."""
        return int(self.job.changes)

    @property
    def ended(self) -> bool:
        """Whether it stays so."""
        return self.job.status not in _GO_ON


@dataclass(slots=True, eq=False)
class Watched:
    """A run that is watched, by whoever and however many."""

    now: Told
    watchers: int = 0
    lost: PlatformError | None = None  # why no more is told of it
    _moves: asyncio.Event = field(default_factory=asyncio.Event)
    _ends: asyncio.Event = field(default_factory=asyncio.Event)

    async def beyond(self, changes: int | None) -> Told:
        """What is to be told next, once there is more than this; None is nothing told so far."""
        while True:
            if self.lost is not None:
                raise self.lost
            if changes is None or self.now.changes > changes:
                return self.now
            await self._moves.wait()

    async def rest(self, seconds: float) -> None:
        """Wait so long, or until it has ended."""
        try:
            async with asyncio.timeout(seconds):
                await self._ends.wait()
        except TimeoutError:
            return

    def move(self, told: Told) -> None:
        """Have everybody told of it."""
        if told.changes > self.now.changes:
            self.now = told
            self._tell()

    def lose(self, why: PlatformError) -> None:
        """Have everybody told that no more will be said."""
        self.lost = why
        self._tell()

    def _tell(self) -> None:
        moved, self._moves = self._moves, asyncio.Event()
        moved.set()
        if self.lost is not None or self.now.ended:
            self._ends.set()


@dataclass(slots=True)
class Progress:
    """Looks at every run that somebody watches here, for as long as somebody does."""

    transactions: Transactions
    pause: float = LOOK_SECONDS
    of: Watchable = CRAWLS
    _watched: dict[str, Watched] = field(default_factory=dict)
    _looking: asyncio.Task[None] | None = None

    @contextmanager
    def watching(self, first: Told) -> Iterator[Watched]:
        """Watch a run, as it was just found, until the block ends."""
        id_ = first.job.id
        watched = self._watched.setdefault(id_, Watched(first))
        watched.watchers += 1
        watched.move(first)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())
            self._looking.add_done_callback(self._looked)
        try:
            yield watched
        finally:
            watched.watchers -= 1
            if not watched.watchers and self._watched.get(id_) is watched:
                del self._watched[id_]

    async def aclose(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    async def _look_on(self) -> None:
        while self._watched:
            await asyncio.sleep(self.pause)
            try:
                await self._look()
            except (SQLAlchemyError, Unavailable) as error:  # who watches is told again once there is an answer
                log.warning("watched_not_looked_at", of=self.of.name, error=type(error).__name__)

    def _looked(self, task: asyncio.Task[None]) -> None:
        """Whatever ended the looking, nobody goes on waiting for it."""
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            log.error("watching_failed", of=self.of.name, exc_info=fault)
        if self._looking is not task:
            return  # somebody came in this moment, and had it begin again for all
        self._looking = None
        for watched in self._watched.values():
            watched.lose(Unavailable("How far this is cannot be told right now; ask again.", retry_after=5))
        self._watched.clear()

    async def _look(self) -> None:
        going = [watched for watched in self._watched.values() if not watched.now.ended]
        for start in range(0, len(going), _AT_ONCE):
            some = {watched.now.job.id: watched for watched in going[start : start + _AT_ONCE]}
            known = {id_: watched.now.changes for id_, watched in some.items()}
            tenants = {watched.now.job.tenant_id for watched in some.values()}
            found = await self.transactions.look(partial(_news, of=self.of, known=known, tenants=tenants))
            for id_, told in found:
                if told is None:
                    some[id_].lose(self.of.gone())
                else:
                    some[id_].move(told)


def _news(
    connection: Connection, of: Watchable, known: dict[str, int], tenants: set[str]
) -> Sequence[tuple[str, Told | None]]:
    """Those of some runs that have moved since, and those that are not there any more."""
    rows = of.moved.put(connection, jobs=known, tenants=tenants)
    there: dict[str, int] = {row.id: row.changes for row in rows}
    moved = [id_ for id_, changes in there.items() if changes != known[id_]]
    whole = of.whole.put(connection, jobs=moved, tenants=tenants) if moved else ()
    return [(row.id, Told(row)) for row in whole] + [(id_, None) for id_ in known if id_ not in there]
