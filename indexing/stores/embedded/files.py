"""Knowing, stores: open files of embedded indexes, lent to one thread at a time."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from indexing.errors import StoreUnavailable
from indexing.stores.embedded.layout import Ruined, said_of
from indexing.stores.embedded.places import Places
from indexing.stores.vectors import Index

_TRIES = 8


class Layout(Protocol):
    """What stands in the files of one kind of index; each has a table `about` with its tenant."""

    def make(self, part: Path, tenant_id: str) -> None:
        """Make an empty index in a new file."""

    def connect(self, place: Path, patience: float) -> sqlite3.Connection:
        """Open a file that is there; it is one of ours and not of a later form."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenFile:
    """One connection to the file of one index."""

    place: Path
    connection: sqlite3.Connection


class Files:
    """Opens files when they are needed and keeps the last ones open, a bounded number."""

    def __init__(self, places: Places, idle: int, layout: Layout) -> None:
        self.places = places
        self._layout = layout
        self._idle = idle
        self._free: OrderedDict[OpenFile, str] = OrderedDict()
        self._lock = threading.Lock()
        self._closed = False

    @contextlib.contextmanager
    def lent(self, name: str) -> Iterator[OpenFile | None]:
        """The file of an index, if there is one, for this thread alone."""
        file = self._take(name)
        if file is None:
            yield None
            return
        try:
            yield file
        except BaseException:
            file.connection.close()
            raise
        self._give_back(file, name)

    @contextlib.contextmanager
    def reading(self, index: Index) -> Iterator[sqlite3.Connection | None]:
        """One moment of an index, if anything is kept of it for its tenant."""
        with self.lent(index.name) as file:
            if file is None:
                yield None
                return
            with moment(file.connection):
                yield file.connection if owner_of(file.connection) == index.tenant_id else None

    @contextlib.contextmanager
    def changing(self, index: Index, *, make: bool = False) -> Iterator[OpenFile | None]:
        """An index of its tenant while nobody else changes it; all of the change or nothing of it is kept."""
        for _ in range(_TRIES if make else 2):
            if make:
                self._make(index)
            with self.lent(index.name) as file:
                if file is None:
                    continue
                with moment(file.connection, "BEGIN IMMEDIATE"):
                    owner = owner_of(file.connection)
                    if owner == index.tenant_id:
                        yield file
                        return
            if owner is not None:
                break
            self.places.remove(file.place)
        if make:
            raise StoreUnavailable("An index is another tenant's, or is dropped as often as it is made.")
        yield None

    def empty_log(self, name: str) -> None:
        """Leave nothing of earlier changes in the log, unless somebody reads just then: the next change sees to it."""
        with self.lent(name) as file:
            if file is not None:
                file.connection.execute("PRAGMA busy_timeout = 0")
                file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                file.connection.execute(f"PRAGMA busy_timeout = {int(self.places.patience * 1000)}")

    def drop(self, index: Index, count: Callable[[sqlite3.Connection], int]) -> tuple[int, Path | None]:
        """Remove the file of an index, even if it cannot be read any more; says what was in it, and where it was."""
        try:
            with self.changing(index) as file:
                if file is None:
                    return 0, None
                kept, place = count(file.connection), file.place
                file.connection.execute("UPDATE about SET dropped = 1")
        except (sqlite3.Error, Ruined) as error:
            ruin = self.places.find(index.name)
            damaged = isinstance(error, Ruined) or isinstance(said_of(error), Ruined)
            if not damaged or ruin is None:
                raise
            kept, place = 0, ruin
        self.places.remove(place)
        return kept, place

    def close(self) -> None:
        """Close what is not lent; what is lent is closed when it comes back."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, OrderedDict()
        for file in free:
            file.connection.close()

    def _take(self, name: str) -> OpenFile | None:
        while (file := self._free_one(name)) is not None:
            if file.place.exists():
                return file
            file.connection.close()
        if self.places.find(name) is None:
            return None
        with self.places.shared():
            place = self.places.find(name)
            return OpenFile(place, self._layout.connect(place, self.places.patience)) if place else None

    def _free_one(self, name: str) -> OpenFile | None:
        with self._lock:
            file = next((file for file in reversed(self._free) if self._free[file] == name), None)
            if file is not None:
                del self._free[file]
            return file

    def _give_back(self, file: OpenFile, name: str) -> None:
        with self._lock:
            keep = not self._closed and file.place.exists()
            if keep:
                self._free[file] = name
            surplus = [] if keep else [file]
            while len(self._free) > self._idle:
                surplus.append(self._free.popitem(last=False)[0])
        for old in surplus:
            old.connection.close()

    def _make(self, index: Index) -> None:
        if self.places.find(index.name) is not None:
            return
        with self.places.alone():
            if self.places.find(index.name) is None:
                part = self.places.fresh(index.name)
                self._layout.make(part, index.tenant_id)
                self.places.settle(part)


@contextlib.contextmanager
def moment(connection: sqlite3.Connection, begin: str = "BEGIN") -> Iterator[None]:
    """One transaction."""
    connection.execute(begin)
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.rollback()
        raise
    connection.execute("COMMIT")


def owner_of(connection: sqlite3.Connection) -> str | None:
    """Whose an index is; nobody's once it is dropped."""
    owner: str | None = connection.execute("SELECT iif(dropped, NULL, tenant_id) FROM about").fetchone()[0]
    return owner
