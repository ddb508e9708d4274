"""Knowing, stores: what an embedded graph knows whoever asks: pairs, ids, editions and how much there is."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from indexing.stores.embedded.graphs.layout import rows
from indexing.stores.embedded.graphs.marks import mark_of_id
from indexing.stores.embedded.layout import listed
from indexing.stores.graphs import Size, Tie
from indexing.wording.names import edge_id, node_id


def linked(connection: sqlite3.Connection, keys: Collection[str]) -> list[tuple[str, str]]:
    """The pairs noted that one of these is in."""
    found = rows(
        connection,
        "WITH asked AS MATERIALIZED (SELECT t.id FROM json_each(:keys) j CROSS JOIN things t ON t.key = j.value)"
        " SELECT json_group_array(json_array(a.key, b.key)) FROM ("
        " SELECT l.smaller, l.larger FROM asked q CROSS JOIN links l ON l.smaller = q.id"
        " UNION SELECT l.smaller, l.larger FROM asked q CROSS JOIN links l ON l.larger = q.id"
        ") p CROSS JOIN things a ON a.id = p.smaller CROSS JOIN things b ON b.id = p.larger",
        {"keys": listed(set(keys))},
    )
    return sorted((smaller, larger) for smaller, larger in found)


def keys_of(connection: sqlite3.Connection, collection_id: str, node_ids: Collection[str]) -> dict[str, str]:
    """By id, the keys of what anybody mentions."""
    asked = set(node_ids)
    keys = rows(
        connection,
        "SELECT json_group_array(t.key) FROM json_each(:marks) j CROSS JOIN things t ON t.mark = j.value"
        " WHERE EXISTS (SELECT 1 FROM mentions m WHERE m.thing = t.id)",
        {"marks": listed({mark_of_id(id_) for id_ in asked})},
    )
    found = {node_id(collection_id, key): key for key in keys}
    return {id_: key for id_, key in found.items() if id_ in asked}


def ties_of(connection: sqlite3.Connection, collection_id: str, edge_ids: Collection[str]) -> dict[str, Tie]:
    """By id, the relations that anybody asserts."""
    asked = set(edge_ids)
    told = rows(
        connection,
        "SELECT json_group_array(json_array(a.key, y.type, b.key)) FROM json_each(:marks) j"
        " CROSS JOIN ties t ON t.mark = j.value CROSS JOIN types y ON y.id = t.type"
        " CROSS JOIN things a ON a.id = t.start CROSS JOIN things b ON b.id = t.finish",
        {"marks": listed({mark_of_id(id_) for id_ in asked})},
    )
    found = {edge_id(collection_id, *tie): Tie(*tie) for tie in told}
    return {id_: tie for id_, tie in found.items() if id_ in asked}


def size(connection: sqlite3.Connection, layer: str) -> Size:
    """How many things and ties a layer has, with what is by hand."""
    found = connection.execute("SELECT id, things, ties FROM layers WHERE layer = ?", (layer,)).fetchone()
    given = {"layer": found[0] if found else -1}
    by_hand = connection.execute(
        "SELECT (SELECT count(*) FROM mentions m JOIN sources s ON s.id = m.source AND s.layer = 0"
        " WHERE NOT EXISTS (SELECT 1 FROM mentions o WHERE o.thing = m.thing AND o.layer = :layer)),"
        " (SELECT count(*) FROM assertions m JOIN sources s ON s.id = m.source AND s.layer = 0"
        " WHERE NOT EXISTS (SELECT 1 FROM assertions o WHERE o.tie = m.tie AND o.layer = :layer))",
        given,
    ).fetchone()
    things, ties_ = found[1:] if found else (0, 0)
    return Size(things + by_hand[0], ties_ + by_hand[1])


def edition_page(connection: sqlite3.Connection, above: int, most: int) -> tuple[list[tuple[str, str]], int]:
    """Some thousands of editions above a row, each with its layers, and the last row of them."""
    last = connection.execute(
        "SELECT max(id) FROM (SELECT id FROM editions WHERE id > ? ORDER BY id LIMIT ?)", (above, most)
    ).fetchone()[0]
    if last is None:
        return [], above
    found = rows(
        connection,
        "SELECT json_group_array(json_array(edition_id, layer)) FROM ("
        " SELECT DISTINCT e.edition_id, l.layer FROM editions e JOIN sources s ON s.edition = e.id"
        " CROSS JOIN layers l ON l.id = s.layer WHERE e.id > :above AND e.id <= :last AND s.layer <> 0)",
        {"above": above, "last": last},
    )
    return [(edition_id, layer) for edition_id, layer in found], last


def count(connection: sqlite3.Connection) -> int:
    """How many mentions and assertions are kept."""
    return int(
        connection.execute("SELECT (SELECT count(*) FROM mentions) + (SELECT count(*) FROM assertions)").fetchone()[0]
    )
