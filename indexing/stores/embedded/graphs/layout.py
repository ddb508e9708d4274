"""Knowing, stores: what stands in the file of an embedded graph, and how one is opened."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from indexing.errors import StoreUnavailable
from indexing.stores.embedded.layout import Ruined, connected
from indexing.stores.graphs import Tie

Given = tuple[Any, ...] | dict[str, Any]
_FORM = 1
HAND_LAYER = 0  # there from the beginning

# `mentions` and `assertions` repeat layer, document and edition of their source, and have them in their first index, so
# that what is out of scope is passed over without being read. Things and ties of a layer are counted as they change.
# There are no statistics to plan by: CROSS JOIN says in which order tables are gone through.
_TABLES = """
BEGIN;
CREATE TABLE about (tenant_id TEXT NOT NULL, dropped INTEGER NOT NULL DEFAULT 0);
CREATE TABLE layers (
  id INTEGER PRIMARY KEY, layer TEXT NOT NULL UNIQUE,
  things INTEGER NOT NULL DEFAULT 0, ties INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE documents (id INTEGER PRIMARY KEY, document_id TEXT NOT NULL UNIQUE);
CREATE TABLE editions (id INTEGER PRIMARY KEY, edition_id TEXT NOT NULL UNIQUE);
CREATE TABLE sources (
  id INTEGER PRIMARY KEY, layer INTEGER NOT NULL, document INTEGER NOT NULL, edition INTEGER NOT NULL,
  chunk_id TEXT NOT NULL, UNIQUE (document, edition, layer, chunk_id)
);
CREATE INDEX sources_edition ON sources (edition, layer);
CREATE INDEX sources_layer ON sources (layer);
CREATE INDEX sources_chunk ON sources (chunk_id);
CREATE TABLE things (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, mark INTEGER NOT NULL);
CREATE INDEX things_mark ON things (mark);
CREATE TABLE names (id INTEGER PRIMARY KEY, thing INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (thing, name));
CREATE TABLE words (word TEXT NOT NULL, thing INTEGER NOT NULL, name INTEGER NOT NULL,
  PRIMARY KEY (word, thing, name)) WITHOUT ROWID;
CREATE INDEX words_name ON words (name);
CREATE TABLE kinds (id INTEGER PRIMARY KEY, labels TEXT NOT NULL UNIQUE);
CREATE TABLE mentions (
  id INTEGER PRIMARY KEY, thing INTEGER NOT NULL, layer INTEGER NOT NULL, document INTEGER NOT NULL,
  edition INTEGER NOT NULL, source INTEGER NOT NULL, name INTEGER NOT NULL, kind INTEGER NOT NULL,
  properties TEXT NOT NULL, aliases TEXT NOT NULL
);
CREATE UNIQUE INDEX mentions_thing ON mentions (thing, layer, document, edition, source, name, kind);
CREATE INDEX mentions_source ON mentions (source, thing);
CREATE INDEX mentions_kind ON mentions (kind, thing);
CREATE TABLE facts (mark INTEGER NOT NULL, thing INTEGER NOT NULL, mention INTEGER NOT NULL,
  PRIMARY KEY (mark, thing, mention)) WITHOUT ROWID;
CREATE INDEX facts_mention ON facts (mention);
CREATE TABLE aliases (alias TEXT NOT NULL, thing INTEGER NOT NULL, mention INTEGER NOT NULL,
  PRIMARY KEY (alias, thing, mention)) WITHOUT ROWID;
CREATE INDEX aliases_mention ON aliases (mention);
CREATE INDEX aliases_thing ON aliases (thing);
CREATE TABLE types (id INTEGER PRIMARY KEY, type TEXT NOT NULL UNIQUE, folded TEXT NOT NULL);
CREATE TABLE ties (
  id INTEGER PRIMARY KEY, start INTEGER NOT NULL, type INTEGER NOT NULL, finish INTEGER NOT NULL,
  mark INTEGER NOT NULL, UNIQUE (start, type, finish)
);
CREATE INDEX ties_mark ON ties (mark);
CREATE INDEX ties_finish ON ties (finish, type, start);
CREATE INDEX ties_type ON ties (type);
CREATE TABLE assertions (
  id INTEGER PRIMARY KEY, tie INTEGER NOT NULL, layer INTEGER NOT NULL, document INTEGER NOT NULL,
  edition INTEGER NOT NULL, source INTEGER NOT NULL, properties TEXT NOT NULL
);
CREATE UNIQUE INDEX assertions_tie ON assertions (tie, layer, document, edition, source);
CREATE INDEX assertions_source ON assertions (source, tie);
CREATE TABLE links (smaller INTEGER NOT NULL, larger INTEGER NOT NULL, PRIMARY KEY (smaller, larger)) WITHOUT ROWID;
CREATE INDEX links_larger ON links (larger);
INSERT INTO layers (id, layer) VALUES (0, '');
PRAGMA user_version = 1;
COMMIT;
"""


def make(part: Path, tenant_id: str) -> None:
    """Make an empty graph in a new file."""
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size = 4096")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_TABLES)
        connection.execute("INSERT INTO about (tenant_id) VALUES (?)", (tenant_id,))
    part.chmod(0o600)


def connect(place: Path, patience: float) -> sqlite3.Connection:
    """Open a file that is there; it is one of ours and not of a later form."""
    connection = connected(place, patience)
    try:
        connection.execute("PRAGMA cache_size = -8192")  # kilobytes: what comes in lands anywhere in the indexes
        form = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if not form:
            raise Ruined("A file of the graph store has been emptied.")
        if form != _FORM:
            raise StoreUnavailable(f"A graph is kept in form {form}; this version reads form {_FORM}.")
        connection.execute("SELECT tenant_id FROM about").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def rows(connection: sqlite3.Connection, statement: str, given: Given = ()) -> list[Any]:
    """What a statement finds as one JSON value, read whole: it is said `SELECT json_group_array(…)`."""
    found: list[Any] = json.loads(connection.execute(statement, given).fetchone()[0])
    return found


def item(place: int, of: str = "value") -> str:
    """What stands at a place of a list that came as a parameter."""
    return f"json_extract({of}, '$[{place}]')"


def items(number: int) -> str:
    """The first so many of them."""
    return ", ".join(item(place) for place in range(number))


def tie_list(ties: Iterable[Tie]) -> str:
    """Relations as one parameter; those that no row can have are left out."""
    told = ([tie.source, tie.type, tie.target] for tie in set(ties))
    return json.dumps([tie for tie in told if not any("\0" in word for word in tie)])
