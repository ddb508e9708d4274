"""Knowing, stores: the two questions to an embedded index, each at one moment of it."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexing.errors import UnfitVectors
from indexing.stores.embedded.files import Files, moment, owner_of
from indexing.stores.embedded.matching import Words
from indexing.stores.embedded.matrices import Matrices, Matrix
from indexing.stores.embedded.nearest import best
from indexing.stores.embedded.reading import State, hits, slices, state_of
from indexing.stores.vectors import Hit, Index, Scope
from indexing.wording.analysis import asked_words

Allowed = NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class Asking:
    """Answers from files and from what is remembered of them; waits for the disk, so it belongs on a thread."""

    files: Files
    matrices: Matrices

    def near(self, index: Index, query: NDArray[np.float32], scope: Scope) -> list[Hit]:
        """The chunks nearest to a vector of length one."""
        with self.files.lent(index.name) as file, ExitStack() as stack:
            if file is None:
                return []
            held = self.matrices.held(file.place, scope.generation)
            with held.lock:  # begun under it, the moment is never older than what is remembered
                stack.enter_context(moment(file.connection))
                state = state_of(file.connection, scope.generation)
                if state is None or owner_of(file.connection) != index.tenant_id:
                    return []
                _check(query, state)
                matrix = self.matrices.brought_up(held, file.connection, scope.generation, state)
                allowed = self.matrices.mask(held, file.connection, scope.documents) if scope.documents else None
            if matrix is not None:
                rows, scores = _best_of(matrix, query, allowed, scope.limit)
            else:
                rows, scores = _best_by_slices(file.connection, query, allowed, scope, state.dimensions)
            return hits(file.connection, rows.tolist(), np.clip(scores, -1, 1).tolist())

    def matching(self, index: Index, text: str, scope: Scope) -> list[Hit]:
        """The chunks that hold words of a text."""
        asked = asked_words(text)
        with self.files.lent(index.name) as file, ExitStack() as stack:
            if file is None or not asked:
                return []
            held = self.matrices.held(file.place, scope.generation)
            with held.lock:
                stack.enter_context(moment(file.connection))
                state = state_of(file.connection, scope.generation)
                if state is None or owner_of(file.connection) != index.tenant_id:
                    return []
                lengths = self.matrices.measured(held, file.connection, scope.generation, state)
                allowed = self.matrices.mask(held, file.connection, scope.documents) if scope.documents else None
            words = Words(file.connection, scope.generation, lengths)
            rows, scores = words.best(asked, allowed, scope.limit)
            return hits(file.connection, rows.tolist(), scores.tolist())


def _check(query: NDArray[np.float32], state: State) -> None:
    if len(query) != state.dimensions:
        raise UnfitVectors(f"The question has {len(query)} dimensions, the collection has {state.dimensions}.")


def _best_of(
    matrix: Matrix, query: NDArray[np.float32], allowed: Allowed, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.floating[Any]]]:
    shown, wanted = matrix.shown(), matrix.left
    if allowed is not None:
        asked = allowed[shown.documents]
        wanted = asked if wanted is None else wanted & asked
    places, scores = best(shown.vectors, query, wanted, limit)
    return shown.rows[places], scores


def _best_by_slices(
    connection: sqlite3.Connection, query: NDArray[np.float32], allowed: Allowed, scope: Scope, dimensions: int
) -> tuple[NDArray[np.int64], NDArray[np.floating[Any]]]:
    """The same for what is larger than memory: slow, and in steady memory."""
    rows, scores = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    for piece in slices(connection, scope.generation, dimensions, 0):
        wanted = allowed[piece.documents] if allowed is not None else None
        places, found = best(piece.vectors, query, wanted, scope.limit)
        rows, scores = np.concatenate([rows, piece.rows[places]]), np.concatenate([scores, found])
        first = np.lexsort((rows, -scores))[: scope.limit]
        rows, scores = rows[first], scores[first]
    return rows, scores
