"""Knowing, stores: what is around things in an embedded graph, without reading out every relation of them.

A few things have most of the relations. What leads to the many others is counted and gathered here, where it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from indexing.stores.embedded.graphs.layout import rows
from indexing.stores.embedded.graphs.reading import told
from indexing.stores.embedded.graphs.scoping import Narrow, narrow
from indexing.stores.embedded.layout import listed
from indexing.stores.graphs import Beside, Degrees, Direction, GraphScope, Tie

_ASKED = "WITH asked AS MATERIALIZED (SELECT t.id FROM json_each(:keys) j CROSS JOIN things t ON t.key = j.value)"
ALONE = (
    "NOT (EXISTS (SELECT 1 FROM links l WHERE l.smaller = k.id)"
    " OR EXISTS (SELECT 1 FROM links l WHERE l.larger = k.id)"
    " OR EXISTS (SELECT 1 FROM aliases l WHERE l.thing = k.id)"
    " OR EXISTS (SELECT 1 FROM aliases l WHERE l.alias = k.key))"
)


def beside(
    connection: sqlite3.Connection, keys: Collection[str], scope: GraphScope, direction: Direction, most: int | None
) -> Beside:
    """What relations lead to."""
    within = narrow(connection, scope)
    ways = []
    if direction is not Direction.IN:
        ways.append(f"SELECT DISTINCT t.finish AS id FROM asked a CROSS JOIN ties t ON t.start = a.id {_where(within)}")  # noqa: S608
    if direction is not Direction.OUT:
        ways.append(f"SELECT DISTINCT t.start AS id FROM asked a CROSS JOIN ties t ON t.finish = a.id {_where(within)}")  # noqa: S608
    alone, others = rows(
        connection,
        f"{_ASKED}, found AS MATERIALIZED (SELECT k.key, {ALONE} AS alone"  # noqa: S608
        f" FROM ({' UNION '.join(ways)}) f CROSS JOIN things k ON k.id = f.id)"
        " SELECT json_array("
        "json((SELECT json_group_array(key) FROM (SELECT key FROM found WHERE alone ORDER BY key LIMIT :most))),"
        " json((SELECT json_group_array(key) FROM found WHERE NOT alone)))",
        {**within.given, "keys": listed(set(keys)), "most": -1 if most is None else most},
    )
    return Beside(tuple(sorted(alone)), tuple(sorted(others)))


def between(connection: sqlite3.Connection, keys: Collection[str], scope: GraphScope) -> list[Tie]:
    """Every relation from one of these to one of these."""
    within = narrow(connection, scope)
    found = rows(
        connection,
        f"{_ASKED} SELECT json_group_array(json_array(t.start, t.type, t.finish))"  # noqa: S608
        f" FROM asked a CROSS JOIN ties t ON t.start = a.id {_where(within)} AND t.finish IN (SELECT id FROM asked)",
        {**within.given, "keys": listed(set(keys))},
    )
    return told(connection, found)


def degrees(connection: sqlite3.Connection, keys: Collection[str], scope: GraphScope) -> Degrees:
    """How many relations each of these has."""
    within = narrow(connection, scope)
    counted, listed_ = rows(
        connection,
        f"{_ASKED}, near AS ("  # noqa: S608
        " SELECT a.id, t.finish AS other, t.id AS tie FROM asked a CROSS JOIN ties t ON t.start = a.id"
        f" {_where(within)} AND t.finish <> a.id UNION ALL"
        " SELECT a.id, t.start AS other, t.id AS tie FROM asked a CROSS JOIN ties t ON t.finish = a.id"
        f" {_where(within)} AND t.start <> a.id"
        f"), known AS MATERIALIZED (SELECT n.id, n.tie, {ALONE} AS alone"
        " FROM near n CROSS JOIN things k ON k.id = n.other)"
        " SELECT json_array(json((SELECT json_group_array(json_array(a.key, c.number)) FROM"
        " (SELECT id, count(*) AS number FROM known WHERE alone GROUP BY id) c CROSS JOIN things a ON a.id = c.id)),"
        " json((SELECT json_group_array(json_array(a.key, b.key, y.type, e.key)) FROM known n"
        " CROSS JOIN things a ON a.id = n.id CROSS JOIN ties t ON t.id = n.tie CROSS JOIN things b ON b.id = t.start"
        " CROSS JOIN types y ON y.id = t.type CROSS JOIN things e ON e.id = t.finish WHERE NOT n.alone)))",
        {**within.given, "keys": listed(set(keys))},
    )
    return Degrees(dict(counted), tuple(sorted((key, Tie(*tie)) for key, *tie in listed_)))


def _where(within: Narrow) -> str:
    return f"WHERE EXISTS (SELECT 1 FROM assertions m WHERE m.tie = t.id AND {within.on('m')})"  # noqa: S608
