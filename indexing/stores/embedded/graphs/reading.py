"""Knowing, stores: what sources in scope say, read from an embedded graph at one moment of it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection
from typing import Any

from indexing.stores.embedded.graphs.layout import HAND_LAYER, rows, tie_list
from indexing.stores.embedded.graphs.scoping import narrow
from indexing.stores.embedded.layout import listed
from indexing.stores.graphs import (
    MOST_EVIDENCE,
    Assertion,
    GraphScope,
    Held,
    Mention,
    Said,
    Source,
    Tie,
)

_ASKED = "SELECT t.id, t.key FROM json_each(:keys) j CROSS JOIN things t ON t.key = j.value"
_ASKED_TIES = (
    "SELECT t.id FROM json_each(:ties) j CROSS JOIN things a ON a.key = json_extract(j.value, '$[0]')"
    " CROSS JOIN types y ON y.type = json_extract(j.value, '$[1]')"
    " CROSS JOIN things b ON b.key = json_extract(j.value, '$[2]')"
    " CROSS JOIN ties t ON t.start = a.id AND t.type = y.id AND t.finish = b.id"
)
_WHO = (
    " CROSS JOIN sources s ON s.id = m.source CROSS JOIN documents d ON d.id = m.document"
    " CROSS JOIN editions e ON e.id = m.edition"
)


def present(connection: sqlite3.Connection, keys: Collection[str], scope: GraphScope) -> set[str]:
    """Those that some source in scope mentions."""
    within = narrow(connection, scope)
    return set(
        rows(
            connection,
            f"SELECT json_group_array(a.key) FROM ({_ASKED}) a"  # noqa: S608 - of our own words
            f" WHERE EXISTS (SELECT 1 FROM mentions m WHERE m.thing = a.id AND {within.on('m')})",
            {**within.given, "keys": listed(set(keys))},
        )
    )


def said(connection: sqlite3.Connection, keys: Collection[str], scope: GraphScope) -> list[Said]:
    """What sources in scope say of these."""
    within = narrow(connection, scope)
    found = rows(
        connection,
        "SELECT json_group_array(json_array(q.document_id, q.chunk_id, q.edition_id, q.key, n.name, json(k.labels),"  # noqa: S608
        " json(m.properties), json(m.aliases))) FROM ("
        " SELECT m.id, a.key, d.document_id, s.chunk_id, e.edition_id,"
        " row_number() OVER (PARTITION BY a.id ORDER BY d.document_id, s.chunk_id, e.edition_id) AS place"
        f" FROM ({_ASKED}) a CROSS JOIN mentions m ON m.thing = a.id AND {within.on('m')}"
        f"{_WHO}"
        ") q CROSS JOIN mentions m ON m.id = q.id CROSS JOIN names n ON n.id = m.name"
        " CROSS JOIN kinds k ON k.id = m.kind"
        " WHERE q.place <= :most",
        {**within.given, "keys": listed(set(keys)), "most": MOST_EVIDENCE},
    )
    found.sort(key=lambda row: (row[3], *row[:3]))  # quicker than sources are
    return [Said(Source(*row[:3]), Mention(row[3], row[4], tuple(row[5]), row[6], tuple(row[7]))) for row in found]


def labels(connection: sqlite3.Connection, keys: Collection[str], scope: GraphScope) -> dict[str, dict[str, int]]:
    """By key, the labels that sources in scope give it; counted in the index, unless more give some than are shown."""
    within = narrow(connection, scope)
    found = rows(
        connection,
        "SELECT json_group_array(json_array(q.key, json(k.labels), q.number)) FROM ("  # noqa: S608
        f" SELECT a.key, m.kind, count(*) AS number FROM ({_ASKED}) a"
        f" CROSS JOIN mentions m ON m.thing = a.id AND {within.on('m')} GROUP BY a.id, m.kind"
        ") q CROSS JOIN kinds k ON k.id = q.kind",
        {**within.given, "keys": listed(set(keys))},
    )
    totals, counts = Counter[str](), dict[str, Counter[str]]()
    for key, _, number in found:
        totals[key] += number
    often = {key for key, total in totals.items() if total > MOST_EVIDENCE}
    for key, given, number in found:
        counts.setdefault(key, Counter()).update([] if key in often else given * number)
    for one in said(connection, often, scope) if often else ():
        counts[one.mention.key].update(one.mention.labels)
    return {key: dict(count) for key, count in sorted(counts.items())}


def ties(connection: sqlite3.Connection, keys: Collection[str], scope: GraphScope, types: frozenset[str]) -> list[Tie]:
    """Every relation of these that some source in scope asserts."""
    within = narrow(connection, scope)
    given = {**within.given, "keys": listed(set(keys))}
    kinds = ""
    if types:
        given["types"] = listed({type_.casefold() for type_ in types})
        kinds = "t.type IN (SELECT id FROM types WHERE folded IN (SELECT value FROM json_each(:types))) AND"
    found = rows(
        connection,
        "WITH asked AS MATERIALIZED (SELECT t.id FROM json_each(:keys) j CROSS JOIN things t ON t.key = j.value)"  # noqa: S608
        " SELECT json_group_array(json_array(t.start, t.type, t.finish)) FROM ("
        " SELECT t.id, t.start, t.type, t.finish FROM asked a CROSS JOIN ties t ON t.start = a.id"
        " UNION ALL SELECT t.id, t.start, t.type, t.finish FROM asked a CROSS JOIN ties t ON t.finish = a.id"
        " WHERE t.start NOT IN (SELECT id FROM asked)"
        f") t WHERE {kinds} EXISTS (SELECT 1 FROM assertions m WHERE m.tie = t.id AND {within.on('m')})",
        given,
    )
    return told(connection, found)


def tie_page(connection: sqlite3.Connection, scope: GraphScope, above: str, most: int) -> tuple[list[Tie], str | None]:
    """Every relation in scope that goes out from some thousands of things after a key, and the last of these."""
    last = connection.execute(
        "SELECT max(key) FROM (SELECT key FROM things WHERE key > ? ORDER BY key LIMIT ?)", (above, most)
    ).fetchone()[0]
    if last is None:
        return [], None
    within = narrow(connection, scope)
    found = rows(
        connection,
        "SELECT json_group_array(json_array(t.start, t.type, t.finish))"  # noqa: S608
        " FROM things a JOIN ties t ON t.start = a.id WHERE a.key > :above AND a.key <= :last"
        f" AND EXISTS (SELECT 1 FROM assertions m WHERE m.tie = t.id AND {within.on('m')})",
        {**within.given, "above": above, "last": last},
    )
    return told(connection, found), last


def held(connection: sqlite3.Connection, asked: Collection[Tie], scope: GraphScope) -> list[Held]:
    """What sources in scope assert of these relations."""
    within = narrow(connection, scope)
    found = rows(
        connection,
        "SELECT json_group_array(json_array(q.document_id, q.chunk_id, q.edition_id, a.key, y.type, b.key,"  # noqa: S608
        " json(m.properties))) FROM ("
        " SELECT m.id, m.tie, d.document_id, s.chunk_id, e.edition_id,"
        " row_number() OVER (PARTITION BY m.tie ORDER BY d.document_id, s.chunk_id, e.edition_id) AS place"
        f" FROM ({_ASKED_TIES}) t CROSS JOIN assertions m ON m.tie = t.id AND {within.on('m')}"
        f"{_WHO}"
        ") q CROSS JOIN assertions m ON m.id = q.id CROSS JOIN ties t ON t.id = q.tie"
        " CROSS JOIN types y ON y.id = t.type"
        " CROSS JOIN things a ON a.id = t.start CROSS JOIN things b ON b.id = t.finish WHERE q.place <= :most",
        {**within.given, "ties": tie_list(asked), "most": MOST_EVIDENCE},
    )
    found.sort(key=lambda row: (*row[3:6], *row[:3]))
    return [Held(Source(*row[:3]), Assertion(Tie(*row[3:6]), row[6])) for row in found]


def aliases(connection: sqlite3.Connection, keys: Collection[str], scope: GraphScope) -> list[tuple[str, str]]:
    """Pairs that a source in scope says are the same thing."""
    within = narrow(connection, scope)
    found = rows(
        connection,
        "WITH asked AS MATERIALIZED (SELECT value AS key FROM json_each(:keys))"  # noqa: S608
        " SELECT json_group_array(json_array(t.key, p.alias)) FROM ("
        " SELECT l.alias, l.thing, l.mention FROM asked a CROSS JOIN aliases l ON l.alias = a.key"
        " UNION SELECT l.alias, l.thing, l.mention FROM asked a CROSS JOIN things t ON t.key = a.key"
        " CROSS JOIN aliases l ON l.thing = t.id"
        f") p CROSS JOIN mentions m ON m.id = p.mention AND {within.on('m')} CROSS JOIN things t ON t.id = p.thing",
        {**within.given, "keys": listed(set(keys))},
    )
    return sorted({(min(key, alias), max(key, alias)) for key, alias in found})


def spoken_of(connection: sqlite3.Connection, chunk_ids: Collection[str], scope: GraphScope) -> dict[str, list[str]]:
    """By chunk, what it mentions."""
    within = narrow(connection, scope)
    found = rows(
        connection,
        "SELECT json_group_array(json_array(s.chunk_id, t.key)) FROM json_each(:chunks) j"  # noqa: S608
        " CROSS JOIN sources s ON s.chunk_id = j.value CROSS JOIN mentions m ON m.source = s.id"
        " CROSS JOIN things t ON t.id = m.thing"
        f" WHERE m.layer <> {HAND_LAYER} AND {within.on('m')}",
        {**within.given, "chunks": listed(set(chunk_ids))},
    )
    of_chunk: dict[str, set[str]] = {}
    for chunk_id, key in found:
        of_chunk.setdefault(chunk_id, set()).add(key)
    return {chunk_id: sorted(keys) for chunk_id, keys in of_chunk.items()}


def told(connection: sqlite3.Connection, found: list[list[int]]) -> list[Tie]:
    """Relations by their rows; each key is read once, however many relations it has."""
    ends = {end for start, _, finish in found for end in (start, finish)}
    keys = dict(
        _named(
            connection,
            "SELECT json_group_array(json_array(t.id, t.key)) FROM json_each(:ids) j"
            " CROSS JOIN things t ON t.id = j.value",
            ends,
        )
    )
    types = dict(
        _named(
            connection,
            "SELECT json_group_array(json_array(y.id, y.type)) FROM json_each(:ids) j"
            " CROSS JOIN types y ON y.id = j.value",
            {type_ for _, type_, _ in found},
        )
    )
    ends_first = sorted(
        (keys[start], types[type_], keys[finish]) for start, type_, finish in found
    )  # quicker than ties
    return [Tie(*tie) for tie in ends_first]


def _named(connection: sqlite3.Connection, statement: str, ids: Collection[int]) -> list[Any]:
    return rows(connection, statement, {"ids": listed(ids)})
