"""Knowing, stores: vectors of embedded indexes in memory, as the file says at the moment that is asked about."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexing.stores.embedded.lengths import ROW_BYTES, Lengths, measured
from indexing.stores.embedded.reading import Slice, State, documents_above, last_document, rows_left, slices
from indexing.stores.vectors import DocumentFilter

_ROW_BYTES = 13  # its number, its document and whether it is left, beside the vector
_DOCUMENT_BYTES = 220
_ROOM = 1.25  # memory that is not written to yet costs nothing
_LEFT_LEAST = 0.5
_MOST_HELD = 4096


@dataclass(frozen=True, slots=True)
class Matrix:
    """A generation at one moment. Later ones may share its memory: nothing that it shows is ever written to again."""

    state: State
    all: Slice
    used: int
    left: NDArray[np.bool_] | None  # None: every one

    def shown(self) -> Slice:
        """What it holds."""
        return Slice(self.all.rows[: self.used], self.all.documents[: self.used], self.all.vectors[: self.used])


@dataclass(slots=True)
class Held:
    """What is remembered of one generation of one file."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    matrix: Matrix | None = None
    lengths: Lengths | None = None
    known: dict[str, int] = field(default_factory=dict)  # ordinals of documents
    last: int = 0  # the highest of them

    def bytes(self) -> int:
        """About how much memory it takes."""
        vectors = self.matrix.used * (self.matrix.state.dimensions * 4 + _ROW_BYTES) if self.matrix else 0
        sizes = len(self.lengths.rows) * ROW_BYTES if self.lengths else 0
        return vectors + sizes + len(self.known) * _DOCUMENT_BYTES

    def ordinals(self, connection: sqlite3.Connection, documents: DocumentFilter) -> list[int]:
        """The ordinals of the documents that a filter names, at the moment of the connection."""
        for document_id, ordinal in documents_above(connection, self.last):
            self.known[document_id] = self.last = ordinal
        if len(documents.ids) < len(self.known):
            return [self.known[name] for name in documents.ids if name in self.known]
        return [ordinal for name, ordinal in self.known.items() if name in documents.ids]


class Matrices:
    """Keeps the generations that were asked about last, as many as its memory holds."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._held: OrderedDict[tuple[Path, int], Held] = OrderedDict()
        self._lock = threading.Lock()

    def held(self, place: Path, generation: int) -> Held:
        """What is remembered of a generation; whoever reads or writes it has its lock."""
        with self._lock:
            held = self._held.setdefault((place, generation), Held())
            self._held.move_to_end((place, generation))
            if len(self._held) > _MOST_HELD:
                self._held.popitem(last=False)
            return held

    def named(self, held: Held, connection: sqlite3.Connection, documents: DocumentFilter) -> list[int]:
        """The ordinals of the documents that a filter names, at the moment of the connection."""
        before = len(held.known)
        ordinals = held.ordinals(connection, documents)
        if len(held.known) > before:
            self._make_room(held)
        return ordinals

    def mask(self, held: Held, connection: sqlite3.Connection, documents: DocumentFilter) -> NDArray[np.bool_]:
        """By ordinal, whether a document is asked about; also of those that are gone: chunks of them may be held."""
        named = self.named(held, connection, documents)
        asked = np.full(last_document(connection) + 1, documents.all_except)
        asked[named] = not documents.all_except
        return asked

    def brought_up(self, held: Held, connection: sqlite3.Connection, generation: int, state: State) -> Matrix | None:
        """All of a generation at the moment of the connection; None if memory has no place for it."""
        if held.matrix is None or held.matrix.state != state:
            held.matrix = self._renewed(held.matrix, connection, generation, state)
            self._make_room(held)
        return held.matrix

    def measured(self, held: Held, connection: sqlite3.Connection, generation: int, state: State) -> Lengths:
        """How long the chunks of a generation are, at the moment of the connection."""
        if held.lengths is None or held.lengths.state != state:
            held.lengths = measured(held.lengths, connection, generation, state)
            self._make_room(held)
        return held.lengths

    def forget(self, place: Path, generation: int | None = None) -> None:
        """Remember nothing of a file, or of one generation of it."""
        with self._lock:
            for key in [key for key in self._held if key[0] == place and generation in {None, key[1]}]:
                del self._held[key]

    def _renewed(
        self, old: Matrix | None, connection: sqlite3.Connection, generation: int, state: State
    ) -> Matrix | None:
        if state.kept * (state.dimensions * 4 + _ROW_BYTES) > self._memory:
            return None
        if old is None or old.state.dimensions != state.dimensions:
            old = _empty(state)
        fresh = _extended(old, slices(connection, generation, state.dimensions, old.state.newest), state)
        if state.removals == old.state.removals:
            return fresh
        left = np.isin(fresh.shown().rows, rows_left(connection, generation), assume_unique=True)
        if left.sum() < _LEFT_LEAST * fresh.used:
            return _compacted(fresh, left)
        return replace(fresh, left=None if left.all() else left)

    def _make_room(self, newest: Held) -> None:
        with self._lock:
            taken = sum(held.bytes() for held in self._held.values())
            for key, held in list(self._held.items()):
                if taken <= self._memory:
                    return
                if held is not newest:
                    taken -= held.bytes()
                    del self._held[key]


def _empty(state: State) -> Matrix:
    return Matrix(replace(state, newest=0), _room(0, state.dimensions), 0, None)


def _extended(old: Matrix, pieces: Iterator[Slice], state: State) -> Matrix:
    """The same with what was added; in place where nobody has written behind what is shown."""
    room, used, left = old.all, old.used, old.left
    for piece in pieces:
        more = len(piece.rows)
        if used + more > len(room.rows):
            room = _moved(room, used, int(max(used + more, state.kept) * _ROOM) + 1, state.dimensions)
        room.rows[used : used + more] = piece.rows
        room.documents[used : used + more] = piece.documents
        room.vectors[used : used + more] = piece.vectors
        used += more
    if left is not None:
        left = np.concatenate([left, np.ones(used - len(left), dtype=np.bool_)])
    return Matrix(state, room, used, left)


def _compacted(matrix: Matrix, left: NDArray[np.bool_]) -> Matrix:
    shown = matrix.shown()
    kept = Slice(shown.rows[left], shown.documents[left], shown.vectors[left])
    return Matrix(matrix.state, kept, len(kept.rows), None)


def _moved(room: Slice, used: int, size: int, dimensions: int) -> Slice:
    larger = _room(size, dimensions)
    larger.rows[:used], larger.documents[:used] = room.rows[:used], room.documents[:used]
    larger.vectors[:used] = room.vectors[:used]
    return larger


def _room(size: int, dimensions: int) -> Slice:
    return Slice(
        np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int32), np.empty((size, dimensions), dtype=np.float32)
    )
