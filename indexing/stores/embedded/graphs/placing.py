"""Knowing, stores: the rows of those who say something in an embedded graph."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable

from indexing.stores.embedded.graphs.layout import item, rows
from indexing.stores.graphs import Source

_SOURCES = (
    f"FROM json_each(:sources) j CROSS JOIN documents d ON d.document_id = {item(0, 'j.value')}"
    f" CROSS JOIN editions e ON e.edition_id = {item(2, 'j.value')}"
    " CROSS JOIN layers l ON l.layer = :layer"
    " CROSS JOIN sources s ON s.document = d.id AND s.edition = e.id AND s.layer = l.id"
    f" AND s.chunk_id = {item(1, 'j.value')}"
)


def kept_sources(connection: sqlite3.Connection, layer: str, sources: Collection[Source]) -> list[int]:
    """The rows of those of these that have said something in a layer."""
    given = {"layer": layer, "sources": json.dumps([words_in(source) for source in sources])}
    return rows(connection, f"SELECT json_group_array(s.id) {_SOURCES}", given)


def placed(connection: sqlite3.Connection, layer: str, sources: Iterable[Source]) -> dict[Source, list[int]]:
    """Of each source its layer, document, edition and own row; they are made where they are not there."""
    asked = list(sources)
    given = {"layer": layer, "sources": json.dumps([words_in(source) for source in asked])}
    connection.execute("INSERT OR IGNORE INTO layers (layer) VALUES (?)", (layer,))
    for table, column, place in (("documents", "document_id", 0), ("editions", "edition_id", 2)):
        connection.execute(
            f"INSERT OR IGNORE INTO {table} ({column}) SELECT {item(place)}"  # noqa: S608
            " FROM json_each(?)",
            (given["sources"],),
        )
    connection.execute(
        "INSERT OR IGNORE INTO sources (layer, document, edition, chunk_id)"  # noqa: S608
        f" SELECT l.id, d.id, e.id, {item(1, 'j.value')} FROM json_each(:sources) j"
        f" CROSS JOIN documents d ON d.document_id = {item(0, 'j.value')}"
        f" CROSS JOIN editions e ON e.edition_id = {item(2, 'j.value')} CROSS JOIN layers l ON l.layer = :layer",
        given,
    )
    found = rows(
        connection,
        "SELECT json_group_array(json_array(p.layer, p.document, p.edition, p.id)) FROM"  # noqa: S608
        f" (SELECT s.layer, s.document, s.edition, s.id {_SOURCES} ORDER BY j.key) p",
        given,
    )
    return dict(zip(asked, found, strict=True))


def words_in(source: Source) -> list[str]:
    """What a source is told from others by."""
    return [source.document_id, source.chunk_id, source.edition_id]
