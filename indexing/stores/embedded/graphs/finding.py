"""Knowing, stores: what is looked for by label, word and property in an embedded graph."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from indexing.stores.embedded.graphs.layout import HAND_LAYER, item, rows
from indexing.stores.embedded.graphs.marks import is_marked, mark_of
from indexing.stores.embedded.graphs.scoping import narrow
from indexing.stores.graphs import GraphScope, Source, Wanted, Worth

_END = "\U0010ffff"
_FEW = 5_000  # rows an index may list before it is quicker to go through the things in their order


@dataclass(frozen=True, slots=True)
class _Wish:
    """One thing that is asked of what is found, and where an index has what may do."""

    listed_in: str  # `table m WHERE …`, of rows with `thing`; nothing if none has
    also: str  # asked of a mention `m` of the thing


def find(connection: sqlite3.Connection, wanted: Wanted, scope: GraphScope, after: str, limit: int) -> list[str]:
    """The keys of what sources in scope tell of so."""
    within, given = narrow(connection, scope), {"after": after, "limit": limit}
    wishes = [*_labels(connection, wanted, given), *_words(wanted, given), *_properties(wanted, given)]
    narrowed = [
        f"t.id IN (SELECT m.thing FROM {wish.listed_in})"  # noqa: S608
        for wish in wishes
        if _is_rare(connection, wish, given)
    ]
    asked = [
        f"EXISTS (SELECT 1 FROM mentions m WHERE m.thing = t.id AND {within.on('m')} AND {also})"  # noqa: S608
        for also in ([wish.also for wish in wishes] or ["1"])
    ]
    return rows(
        connection,
        "SELECT json_group_array(key) FROM (SELECT t.key FROM things t WHERE t.key > :after AND "  # noqa: S608
        + " AND ".join([*narrowed, *asked])
        + " ORDER BY t.key LIMIT :limit)",
        {**within.given, **given},
    )


def speakers(connection: sqlite3.Connection, worth: Sequence[Worth], scope: GraphScope, limit: int) -> list[Source]:
    """The sources in scope whose mentions are worth most."""
    within = narrow(connection, scope)
    told = [[one.key, one.about, one.worth] for one in worth]
    found = rows(
        connection,
        "SELECT json_group_array(json_array(document_id, chunk_id, edition_id)) FROM ("  # noqa: S608
        " SELECT d.document_id, s.chunk_id, e.edition_id FROM ("
        f" SELECT m.source, {item(1, 'j.value')} AS about, max({item(2, 'j.value')}) AS worth FROM json_each(:worth) j"
        f" CROSS JOIN things t ON t.key = {item(0, 'j.value')}"
        f" CROSS JOIN mentions m ON m.thing = t.id AND m.layer <> {HAND_LAYER} AND {within.on('m')}"
        " GROUP BY m.source, about"
        ") q CROSS JOIN sources s ON s.id = q.source CROSS JOIN documents d ON d.id = s.document"
        " CROSS JOIN editions e ON e.id = s.edition GROUP BY s.id"
        " ORDER BY sum(q.worth) DESC, s.chunk_id, d.document_id, e.edition_id LIMIT :limit)",
        {**within.given, "worth": json.dumps(told), "limit": limit},
    )
    return [Source(*row) for row in found]


def _labels(connection: sqlite3.Connection, wanted: Wanted, given: dict[str, Any]) -> list[_Wish]:
    if not wanted.labels:
        return []
    folded = {label.casefold() for label in wanted.labels}
    every = rows(connection, "SELECT json_group_array(json_array(id, json(labels))) FROM kinds")
    given["kinds"] = json.dumps([kind for kind, labels in every if folded & {label.casefold() for label in labels}])
    condition = "m.kind IN (SELECT value FROM json_each(:kinds))"
    return [_Wish(f"mentions m WHERE {condition}", condition)]


def _words(wanted: Wanted, given: dict[str, Any]) -> list[_Wish]:
    wishes = []
    for number, word in enumerate(wanted.words):
        given |= {f"word{number}": word, f"end{number}": word + _END}
        condition = f"m.word >= :word{number} AND m.word < :end{number}"
        names = f"SELECT m.name FROM words m WHERE {condition}"  # noqa: S608
        wishes.append(_Wish(f"words m WHERE {condition}", f"m.name IN ({names})"))
    return wishes


def _properties(wanted: Wanted, given: dict[str, Any]) -> list[_Wish]:
    wishes = []
    for number, (name, value) in enumerate(wanted.properties.items()):
        if is_marked(value):
            given[f"mark{number}"] = mark_of(name, value)
            facts = f"SELECT 1 FROM facts f WHERE f.mark = :mark{number} AND f.thing = m.thing AND f.mention = m.id"  # noqa: S608
            wishes.append(_Wish(f"facts m WHERE m.mark = :mark{number}", f"EXISTS ({facts})"))
        else:
            given |= {f"name{number}": name, f"value{number}": value}
            text = f"SELECT 1 FROM json_each(m.properties) f WHERE f.key = :name{number} AND f.value = :value{number}"  # noqa: S608
            wishes.append(_Wish("", f"EXISTS ({text} AND f.type = 'text')"))
    return wishes


def _is_rare(connection: sqlite3.Connection, wish: _Wish, given: dict[str, Any]) -> bool:
    if not wish.listed_in:
        return False
    statement = f"SELECT count(*) FROM (SELECT 1 FROM {wish.listed_in} LIMIT {_FEW})"  # noqa: S608
    return int(connection.execute(statement, given).fetchone()[0]) < _FEW
