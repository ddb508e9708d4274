"""Knowing, stores: how many words each chunk of a generation has, in memory, as the file says at one moment."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexing.stores.embedded.layout import words_table
from indexing.stores.embedded.reading import State, rows_left
from indexing.wording.analysis import Phrase

_KNOWN_BYTES = 160  # for each chunk: room to remember where the frequent words stand
ROW_BYTES = 16 + _KNOWN_BYTES
_FREQUENT = 256  # chunks
_MORE, _BITS = 0x80, 7  # of a number written in bytes of seven bits


Held = tuple[NDArray[np.int32], NDArray[np.int32]]  # which of the lengths hold a phrase, and how often


@dataclass(slots=True)
class Known:
    """Where frequent phrases stand: to read that anew for each question would be most of its work."""

    room: int  # bytes
    _held: OrderedDict[Phrase, Held] = field(default_factory=OrderedDict)
    _taken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, phrase: Phrase) -> Held | None:
        """What is remembered of a phrase."""
        with self._lock:
            held = self._held.get(phrase)
            if held is not None:
                self._held.move_to_end(phrase)
            return held

    def keep(self, phrase: Phrase, held: Held) -> None:
        """Remember it if it is frequent, in place of what was asked for longest ago."""
        if len(held[0]) < _FREQUENT:
            return
        with self._lock:
            if phrase not in self._held:
                self._held[phrase] = held
                self._taken += _size(held)
            while self._taken > self.room:
                self._taken -= _size(self._held.popitem(last=False)[1])


def _size(held: Held) -> int:
    return held[0].nbytes + held[1].nbytes


@dataclass(frozen=True, slots=True)
class Lengths:
    """The chunks of a generation in the order they came, by their rows: of which document they are, and how long."""

    state: State
    rows: NDArray[np.int64]
    documents: NDArray[np.int32]
    lengths: NDArray[np.int32]
    known: Known = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", Known(_KNOWN_BYTES * len(self.rows)))


def measured(old: Lengths | None, connection: sqlite3.Connection, generation: int, state: State) -> Lengths:
    """The same as the file says at the moment of the connection; only what came since is read."""
    if old is None:
        old = Lengths(state, *_read(connection, generation, above=0))
    elif old.state != state:
        newer = _read(connection, generation, above=int(old.rows[-1]) if len(old.rows) else 0)
        rows, documents, lengths = newer
        old = Lengths(
            state,
            np.concatenate([old.rows, rows]),
            np.concatenate([old.documents, documents]),
            np.concatenate([old.lengths, lengths]),
        )
        old = _but_removed(old, connection, generation)
    return old


def _but_removed(held: Lengths, connection: sqlite3.Connection, generation: int) -> Lengths:
    if len(held.rows) == held.state.kept:
        return held
    left = np.isin(held.rows, rows_left(connection, generation), assume_unique=True)
    return Lengths(held.state, held.rows[left], held.documents[left], held.lengths[left])


def _read(
    connection: sqlite3.Connection, generation: int, *, above: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    rows, documents, sizes = connection.execute(
        "SELECT group_concat(id), group_concat(document), group_concat(hex(sz), '') FROM"  # noqa: S608
        f" (SELECT c.id, c.document, s.sz FROM chunks c JOIN {words_table(generation)}_docsize s ON s.id = c.id"
        " WHERE c.id > ? ORDER BY c.id)",
        (above,),
    ).fetchone()
    numbers = (
        np.fromstring(rows or "", dtype=np.int64, sep=","),
        np.fromstring(documents or "", dtype=np.int32, sep=","),
    )
    return *numbers, _numbers_in(bytes.fromhex(sizes or ""))


def _numbers_in(written: bytes) -> NDArray[np.int32]:
    """Numbers as SQLite writes them one behind the other: seven bits a byte, and a sign on all but the last."""
    signs = np.frombuffer(written, dtype=np.uint8)
    ends = np.flatnonzero(signs < _MORE)
    width = np.diff(ends, prepend=-1)
    numbers = signs[ends].astype(np.int32)
    for before in range(1, int(width.max(initial=1))):
        longer = width > before
        numbers[longer] += (signs[ends[longer] - before] & (_MORE - 1)).astype(np.int32) << (_BITS * before)
    return numbers
