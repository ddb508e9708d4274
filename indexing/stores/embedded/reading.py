"""Knowing, stores: read an embedded index in the open transaction of one moment."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexing.stores.embedded.layout import listed, numbers
from indexing.stores.vectors import Hit

_SLICE_BYTES = 1 << 20
_VECTORS_TOGETHER = 256


@dataclass(frozen=True, slots=True)
class State:
    """What one generation was at one moment. What is remembered of an equal state is what would be read."""

    dimensions: int
    kept: int
    newest: int
    removals: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the chunks of a generation, in the order they came."""

    rows: NDArray[np.int64]
    documents: NDArray[np.int32]
    vectors: NDArray[np.float32]


def state_of(connection: sqlite3.Connection, generation: int) -> State | None:
    """How a generation is now; None if nothing is kept of it."""
    found = connection.execute(
        "SELECT g.dimensions, g.kept, g.newest, a.removals FROM generations g, about a WHERE g.generation = ?",
        (generation,),
    ).fetchone()
    return State(*found) if found else None


def slices(connection: sqlite3.Connection, generation: int, dimensions: int, above: int) -> Iterator[Slice]:
    """What is kept of a generation above a row, piece by piece."""
    together = max(1, _SLICE_BYTES // (dimensions * 4))
    while True:
        rows, documents, vectors = connection.execute(
            "SELECT group_concat(id), group_concat(document), group_concat(hex(vector), '') FROM"
            " (SELECT c.id, c.document, v.vector FROM chunks c JOIN vectors v ON v.id = c.id"
            " WHERE c.generation = ? AND c.id > ? ORDER BY c.id LIMIT ?)",
            (generation, above, together),
        ).fetchone()
        if rows is None:
            return
        piece = Slice(
            np.array(numbers(rows), dtype=np.int64),
            np.array(numbers(documents), dtype=np.int32),
            np.frombuffer(bytes.fromhex(vectors), dtype=np.float32).reshape(-1, dimensions),
        )
        yield piece
        above = int(piece.rows[-1])


def rows_left(connection: sqlite3.Connection, generation: int) -> NDArray[np.int64]:
    """Every row of a generation that is kept."""
    found = connection.execute("SELECT group_concat(id) FROM chunks WHERE generation = ?", (generation,)).fetchone()[0]
    return np.fromstring(found, dtype=np.int64, sep=",") if found else np.zeros(0, dtype=np.int64)


def documents_above(connection: sqlite3.Connection, ordinal: int) -> list[tuple[str, int]]:
    """The documents that came after one, with their ordinals."""
    ids, ordinals = connection.execute(
        "SELECT json_group_array(document_id), group_concat(ordinal) FROM documents WHERE ordinal > ?", (ordinal,)
    ).fetchone()
    return list(zip(json.loads(ids), numbers(ordinals), strict=True))


def last_document(connection: sqlite3.Connection) -> int:
    """The highest ordinal that any document has ever had."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'documents'").fetchone()
    return int(found[0]) if found else 0


def hits(connection: sqlite3.Connection, rows: Sequence[int], scores: Sequence[float]) -> list[Hit]:
    """What was found, as it is pointed at."""
    found = connection.execute(
        "SELECT json_group_array(json_array(c.id, c.chunk_id, d.document_id)) FROM json_each(?) r"
        " JOIN chunks c ON c.id = r.value JOIN documents d ON d.ordinal = c.document",
        (json.dumps(list(rows)),),
    ).fetchone()[0]
    names = {row: (chunk_id, document_id) for row, chunk_id, document_id in json.loads(found)}
    return [Hit(*names[row], score) for row, score in zip(rows, scores, strict=True) if row in names]


def vectors_of(connection: sqlite3.Connection, chunk_ids: Collection[str]) -> dict[str, NDArray[np.float32]]:
    """The vectors of these chunks, of whatever generation."""
    asked, kept = list(chunk_ids), {}
    for start in range(0, len(asked), _VECTORS_TOGETHER):
        ids, vectors = connection.execute(
            "SELECT json_group_array(c.chunk_id), group_concat(hex(v.vector)) FROM json_each(?) a"
            " JOIN chunks c ON c.chunk_id = a.value JOIN vectors v ON v.id = c.id",
            (listed(asked[start : start + _VECTORS_TOGETHER]),),
        ).fetchone()
        texts = vectors.split(",") if vectors else []
        for chunk_id, text in zip(json.loads(ids), texts, strict=True):
            kept[chunk_id] = np.frombuffer(bytes.fromhex(text), dtype=np.float32).copy()
    return kept


def chunk_page(connection: sqlite3.Connection, above: int, most: int) -> tuple[list[str], int]:
    """Some thousands of chunks above a row, and the last row of them."""
    ids, last = connection.execute(
        "SELECT json_group_array(chunk_id), max(id) FROM"
        " (SELECT id, chunk_id FROM chunks WHERE id > ? ORDER BY id LIMIT ?)",
        (above, most),
    ).fetchone()
    return json.loads(ids), last or above


def outdated_page(connection: sqlite3.Connection, analysis: int, above: int, most: int) -> tuple[list[str], int]:
    """Some thousands of chunks above a row whose words were kept in another way, and the last row of them."""
    ids, last = connection.execute(
        "SELECT json_group_array(chunk_id), max(id) FROM"
        " (SELECT id, chunk_id FROM chunks WHERE analysis <> ? AND id > ? ORDER BY id LIMIT ?)",
        (analysis, above, most),
    ).fetchone()
    return json.loads(ids), last or above


def count(connection: sqlite3.Connection) -> int:
    """How many chunks are kept, of all generations."""
    return int(connection.execute("SELECT coalesce(sum(kept), 0) FROM generations").fetchone()[0])
