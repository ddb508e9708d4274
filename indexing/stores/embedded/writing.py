"""Knowing, stores: keep and forget chunks in the open transaction of an embedded index."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from indexing.errors import UnfitVectors
from indexing.stores.embedded.layout import counts_table, listed, make_generation, words_table
from indexing.stores.vectors import Entry
from indexing.wording.analysis import ANALYSIS, kept_words

_TOGETHER = 500  # chunks of one statement
_FADED_LEAST, _FADED_SHARE = 50, 0.02  # chunks that are gone before the index of words is written anew


def check(entries: Sequence[Entry]) -> None:
    """Refuse what could not be found again."""
    for entry in entries:
        if entry.vector.ndim != 1 or not len(entry.vector) or not np.isfinite(entry.vector).all():
            raise UnfitVectors("A vector is no row of finite numbers.")
        if entry.generation < 0 or "\0" in entry.chunk_id or "\0" in entry.document_id:
            raise ValueError(f"{entry.chunk_id!r} of {entry.document_id!r} cannot be kept")
    if len({(entry.generation, len(entry.vector)) for entry in entries}) > len({entry.generation for entry in entries}):
        raise UnfitVectors("The vectors differ in their number of dimensions.")


def keep(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """Keep these in place of what had their ids; of an id that comes twice, the last."""
    latest = list({entry.chunk_id: entry for entry in entries}.values())
    forget(connection, chunk_rows(connection, [entry.chunk_id for entry in latest]))
    of_generation: dict[int, list[Entry]] = defaultdict(list)
    for entry in latest:
        of_generation[entry.generation].append(entry)
    for generation, fresh in of_generation.items():
        _fit(connection, generation, fresh[0].vector.shape[0])
        for start in range(0, len(fresh), _TOGETHER):
            _add(connection, generation, fresh[start : start + _TOGETHER])


def chunk_rows(connection: sqlite3.Connection, chunk_ids: Collection[str]) -> list[list[int]]:
    """Row, generation and document of those of these chunks that are kept."""
    return _rows(connection, "c.chunk_id IN (SELECT value FROM json_each(?))", listed(chunk_ids))


def document_rows(connection: sqlite3.Connection, document_ids: Collection[str]) -> list[list[int]]:
    """Row, generation and document of every chunk of these documents."""
    asked = "SELECT ordinal FROM documents WHERE document_id IN (SELECT value FROM json_each(?))"
    return _rows(connection, f"c.document IN ({asked})", listed(document_ids))


def forget(connection: sqlite3.Connection, rows: list[list[int]], *, no_trace: bool = False) -> int:
    """Keep these rows no longer. The index of words keeps traces of them until it is written anew."""
    if not rows:
        return 0
    of_generation: dict[int, list[int]] = defaultdict(list)
    for row, generation, _ in rows:
        of_generation[generation].append(row)
    for generation, gone in of_generation.items():
        _fade(connection, generation, gone, no_trace=no_trace)
    every = json.dumps([row for row, _, _ in rows])
    connection.execute("DELETE FROM vectors WHERE id IN (SELECT value FROM json_each(?))", (every,))
    connection.execute("DELETE FROM chunks WHERE id IN (SELECT value FROM json_each(?))", (every,))
    connection.execute(
        "DELETE FROM documents WHERE ordinal IN (SELECT value FROM json_each(?))"
        " AND NOT EXISTS (SELECT 1 FROM chunks WHERE document = ordinal)",
        (json.dumps(list({document for _, _, document in rows})),),
    )
    connection.execute("UPDATE about SET removals = removals + 1")
    return len(rows)


def _rows(connection: sqlite3.Connection, which: str, asked: str) -> list[list[int]]:
    found = connection.execute(
        f"SELECT json_group_array(json_array(c.id, c.generation, c.document)) FROM chunks c WHERE {which}",  # noqa: S608
        (asked,),
    )
    rows: list[list[int]] = json.loads(found.fetchone()[0])
    return rows


def _fade(connection: sqlite3.Connection, generation: int, gone: list[int], *, no_trace: bool) -> None:
    words, rows = words_table(generation), json.dumps(gone)
    connection.execute(f"DELETE FROM {words} WHERE rowid IN (SELECT value FROM json_each(?))", (rows,))  # noqa: S608
    kept, faded = connection.execute(
        "UPDATE generations SET kept = kept - :gone, faded = faded + :gone WHERE generation = :generation"
        " RETURNING kept, faded",
        {"gone": len(gone), "generation": generation},
    ).fetchone()
    if not kept:
        connection.execute(f"DROP TABLE IF EXISTS {counts_table(generation)}")
        connection.execute(f"DROP TABLE {words}")
        connection.execute("DELETE FROM generations WHERE generation = ?", (generation,))
    elif no_trace or faded > _FADED_LEAST + _FADED_SHARE * kept:
        connection.execute(f"INSERT INTO {words} ({words}) VALUES ('optimize')")  # noqa: S608
        connection.execute("UPDATE generations SET faded = 0 WHERE generation = ?", (generation,))


def _fit(connection: sqlite3.Connection, generation: int, dimensions: int) -> None:
    found = connection.execute("SELECT dimensions FROM generations WHERE generation = ?", (generation,)).fetchone()
    if found is None:
        make_generation(connection, generation, dimensions)
    elif found[0] != dimensions:
        raise UnfitVectors(f"These vectors have {dimensions} dimensions, those of the collection have {found[0]}.")


def _add(connection: sqlite3.Connection, generation: int, entries: Sequence[Entry]) -> None:
    documents = json.dumps([entry.document_id for entry in entries])
    connection.execute("INSERT OR IGNORE INTO documents (document_id) SELECT value FROM json_each(?)", (documents,))
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'").fetchone()
    first = (found[0] if found else 0) + 1
    matrix = normalised(np.stack([entry.vector for entry in entries]))
    given = {
        "first": first,
        "generation": generation,
        "size": matrix.shape[1] * matrix.itemsize,
        "matrix": matrix.tobytes(),
        "chunks": json.dumps([[entry.chunk_id, entry.document_id] for entry in entries]),
        "words": json.dumps([kept_words(entry.text) for entry in entries]),
        "count": len(entries),
        "analysis": ANALYSIS,
    }
    connection.execute(
        "INSERT INTO chunks (id, chunk_id, document, generation, analysis)"
        " SELECT :first + e.key, json_extract(e.value, '$[0]'), d.ordinal, :generation, :analysis"
        " FROM json_each(:chunks) e JOIN documents d ON d.document_id = json_extract(e.value, '$[1]')",
        given,
    )
    connection.execute(
        "INSERT INTO vectors (id, vector) SELECT :first + key, substr(:matrix, key * :size + 1, :size)"
        " FROM json_each(:chunks)",
        given,
    )
    connection.execute(
        f"INSERT INTO {words_table(generation)} (rowid, text) SELECT :first + key, value FROM json_each(:words)",  # noqa: S608
        given,
    )
    connection.execute(
        "UPDATE generations SET kept = kept + :count, newest = :first + :count - 1 WHERE generation = :generation",
        given,
    )


def normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same directions, of length one; a vector of nothing but zeros stays."""
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), dtype=np.float32)
