"""Knowing, stores: what stands in the file of an embedded index, and how one is opened.

Many rows go in and come out as one value: a row at a time, the driver lets go of the interpreter at each, and beside a
busy thread it may wait 5 ms to have it back.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from indexing.errors import StoreUnavailable

_FORM = 2
_RUINED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Ruined(StoreUnavailable):
    """What is in a file is no index any more; it can only be dropped and filled anew."""


# Ids of chunks and ordinals of documents are never used again, so what grew is what is above the last one seen;
# `removals` moves whenever anything is gone.
_TABLES = f"""
BEGIN;
CREATE TABLE about (tenant_id TEXT NOT NULL, dropped INTEGER NOT NULL DEFAULT 0, removals INTEGER NOT NULL DEFAULT 0);
CREATE TABLE generations (
  generation INTEGER PRIMARY KEY, dimensions INTEGER NOT NULL,
  kept INTEGER NOT NULL DEFAULT 0, newest INTEGER NOT NULL DEFAULT 0, faded INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE documents (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, document_id TEXT NOT NULL UNIQUE);
CREATE TABLE chunks (
  id INTEGER PRIMARY KEY AUTOINCREMENT, chunk_id TEXT NOT NULL UNIQUE,
  document INTEGER NOT NULL, generation INTEGER NOT NULL, analysis INTEGER NOT NULL
);
CREATE INDEX chunks_document ON chunks (document);
CREATE INDEX chunks_generation ON chunks (generation);
CREATE TABLE vectors (id INTEGER PRIMARY KEY, vector BLOB NOT NULL);
PRAGMA user_version = {_FORM};
COMMIT;
"""


def make(part: Path, tenant_id: str) -> None:
    """Make an empty index in a new file."""
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size = 8192")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_TABLES)
        connection.execute("INSERT INTO about (tenant_id) VALUES (?)", (tenant_id,))
    part.chmod(0o600)


def connect(place: Path, patience: float) -> sqlite3.Connection:
    """Open a file that is there; it is one of ours and not of a later form."""
    connection = connected(place, patience)
    try:
        form = _form(connection)
        if not form:
            raise Ruined("A file of the vector store has been emptied.")
        if form != _FORM:
            raise StoreUnavailable(f"A vector index is of form {form}; this version reads form {_FORM}.")
        connection.execute("SELECT tenant_id FROM about").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def connected(place: Path, patience: float) -> sqlite3.Connection:
    """A connection to a file that is there: what it is told is kept, what it deletes is gone."""
    connection = sqlite3.connect(
        f"{place.absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=patience,
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA journal_size_limit = 16777216")
    except BaseException:
        connection.close()
        raise
    return connection


def _form(connection: sqlite3.Connection) -> int:
    """The form of a file, brought up to ours if it is the one before: which knew no stems."""
    form = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if form != _FORM - 1:
        return form
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] == form:  # nobody else was quicker
        connection.execute("ALTER TABLE chunks ADD COLUMN analysis INTEGER NOT NULL DEFAULT 0")
        connection.execute(f"PRAGMA user_version = {_FORM}")
    connection.execute("COMMIT")
    return _FORM


def said_of(error: sqlite3.Error | OSError, store: str = "vector store") -> StoreUnavailable:
    """What SQLite or the disk has to say, in our words; no path is named."""
    if isinstance(error, OSError):
        return StoreUnavailable(f"The {store} cannot be used now: {error.strerror}.")
    if getattr(error, "sqlite_errorcode", None) in _RUINED:
        return Ruined(f"A file of the {store} is damaged.")
    return StoreUnavailable(f"The {store} cannot be used now: {error}.")


def words_table(generation: int) -> str:
    """The table of the words of one generation: its own, for BM25 counts all that is in a table."""
    return f"words_{int(generation)}"


def counts_table(generation: int) -> str:
    """A table beside it that files have from before, and nobody reads."""
    return f"counts_{int(generation)}"


def make_generation(connection: sqlite3.Connection, generation: int, dimensions: int) -> None:
    """Make room for a generation that is not there yet."""
    connection.execute(
        f"CREATE VIRTUAL TABLE {words_table(generation)} USING fts5"
        "(text, tokenize = \"unicode61 remove_diacritics 0 categories 'L* M* N* Co'\")"
    )
    connection.execute("INSERT INTO generations (generation, dimensions) VALUES (?, ?)", (generation, dimensions))


def listed(values: Iterable[Any]) -> str:
    """Many values as one parameter; ids that no row can have are left out."""
    return json.dumps([value for value in values if not (isinstance(value, str) and "\0" in value)])


def numbers(text: str | None) -> list[int]:
    """The whole numbers of a group_concat."""
    return [int(number) for number in text.split(",")] if text else []
