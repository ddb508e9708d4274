"""Knowing, stores: how much an embedded graph has in a scope, counted where it is kept.

What stands alone is the same thing in every view, so a number says all of it; the rest is listed for who knows more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from indexing.stores.embedded.graphs.layout import rows
from indexing.stores.embedded.graphs.reading import told
from indexing.stores.embedded.graphs.scoping import narrow
from indexing.stores.embedded.graphs.surroundings import ALONE
from indexing.stores.embedded.layout import listed
from indexing.stores.graphs import GraphScope, ThingTally, TieTally
from indexing.stores.tallying import Called, tallied


def tally_things(
    connection: sqlite3.Connection, scope: GraphScope, above: str, most: int
) -> tuple[ThingTally, str | None]:
    """What is in scope of some thousands of things after a key, and the last of these."""
    within = narrow(connection, scope)
    last, found = rows(
        connection,
        "WITH page AS MATERIALIZED (SELECT id, key FROM things WHERE key > :above ORDER BY key LIMIT :most)"  # noqa: S608
        " SELECT json_array((SELECT max(key) FROM page), json((SELECT json_group_array(json_array(k.key,"
        f" {ALONE}, json((SELECT json_array(count(*), json_group_array(DISTINCT m.kind))"
        f" FROM mentions m WHERE m.thing = k.id AND {within.on('m')})))) FROM page k)))",
        {**within.given, "above": above, "most": most},
    )
    labels = _labels_of_kinds(connection, {kind for *_, (_, kinds) in found for kind in kinds})
    called = (Called(key, alone, number, [labels[kind] for kind in kinds]) for key, alone, (number, kinds) in found)
    return tallied(called), last


def tally_ties(connection: sqlite3.Connection, scope: GraphScope, above: str, most: int) -> tuple[TieTally, str | None]:
    """The relations in scope that go out from some thousands of things after a key, and the last of these."""
    within = narrow(connection, scope)
    last, counted, others = rows(
        connection,
        "WITH page AS MATERIALIZED ("  # noqa: S608
        f"SELECT k.id, k.key, {ALONE} AS alone FROM things k WHERE k.key > :above ORDER BY k.key LIMIT :most"
        f"), near AS MATERIALIZED (SELECT t.start, t.type, t.finish, a.alone AND {ALONE} AS alone"
        " FROM page a CROSS JOIN ties t ON t.start = a.id AND t.finish <> a.id CROSS JOIN things k ON k.id = t.finish"
        f" WHERE EXISTS (SELECT 1 FROM assertions m WHERE m.tie = t.id AND {within.on('m')}))"
        " SELECT json_array((SELECT max(key) FROM page),"
        " json((SELECT json_group_array(json_array(y.type, c.number)) FROM"
        " (SELECT type, count(*) AS number FROM near WHERE alone GROUP BY type) c"
        " CROSS JOIN types y ON y.id = c.type)),"
        " json((SELECT json_group_array(json_array(start, type, finish)) FROM near WHERE NOT alone)))",
        {**within.given, "above": above, "most": most},
    )
    return TieTally(dict(counted), tuple(told(connection, others))), last


def _labels_of_kinds(connection: sqlite3.Connection, kinds: Iterable[int]) -> Mapping[int, Sequence[str]]:
    found = rows(
        connection,
        "SELECT json_group_array(json_array(k.id, json(k.labels))) FROM json_each(:kinds) j"
        " CROSS JOIN kinds k ON k.id = j.value",
        {"kinds": listed(set(kinds))},
    )
    return dict(found)
