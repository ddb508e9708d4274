"""Knowing, stores: rows of an embedded graph, made for what is said."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from indexing.stores.embedded.graphs.forgetting import count_things, count_ties
from indexing.stores.embedded.graphs.layout import item, items, rows
from indexing.stores.embedded.graphs.marks import is_marked, mark_of, mark_of_id
from indexing.stores.embedded.graphs.placing import placed
from indexing.stores.graphs import Assertion, Mention, Source, Tie
from indexing.stores.vectors import Index
from indexing.wording.names import edge_id, node_id, words_of

_K = TypeVar("_K")


@dataclass(frozen=True, slots=True)
class Told:
    """What is put, each once."""

    sources: list[Source]
    mentions: list[tuple[Source, Mention]]
    assertions: list[tuple[Source, Assertion]]

    def keys(self) -> list[str]:
        """All that is spoken of."""
        ends = (end for _, said in self.assertions for end in (said.tie.source, said.tie.target))
        return list(dict.fromkeys([*(said.key for _, said in self.mentions), *ends]))


def add(connection: sqlite3.Connection, graph: Index, layer: str, told: Told) -> None:
    """Keep all of it; nobody has said anything of it in this layer."""
    who = placed(connection, layer, dict.fromkeys(source for source, _ in (*told.mentions, *told.assertions)))
    layer_row = next(iter(who.values()))[0]
    told_things = {key: (key, mark_of_id(node_id(graph.collection_id, key))) for key in told.keys()}  # noqa: SIM118 - no dictionary
    things = _rows_of(connection, "things", ("key", "mark"), ("key",), told_things)
    count_things(connection, layer_row, {things[said.key] for _, said in told.mentions}, sign=1)
    _add_mentions(connection, told.mentions, who, things)
    if told.assertions:
        ties = _ties(connection, graph, {said.tie for _, said in told.assertions}, things)
        count_ties(connection, layer_row, ties.values(), sign=1)
        _add_assertions(connection, told.assertions, who, ties)


def _add_mentions(
    connection: sqlite3.Connection,
    told: Sequence[tuple[Source, Mention]],
    who: Mapping[Source, list[int]],
    things: Mapping[str, int],
) -> None:
    if not told:
        return
    names = _names(connection, {(things[said.key], said.name) for _, said in told})
    told_kinds = {tuple(said.labels): (_text(said.labels),) for _, said in told}
    kinds = _rows_of(connection, "kinds", ("labels",), ("labels",), told_kinds)
    first = _next_row(connection, "mentions")
    connection.execute(
        "INSERT INTO mentions (id, layer, document, edition, source, thing, name, kind, properties, aliases)"  # noqa: S608
        f" SELECT :first + key, {items(9)} FROM json_each(:told)",
        {
            "first": first,
            "told": json.dumps(
                [
                    [
                        *who[source],
                        things[said.key],
                        names[things[said.key], said.name],
                        kinds[tuple(said.labels)],
                        _text(dict(said.properties)),
                        _text(said.aliases),
                    ]
                    for source, said in told
                ]
            ),
        },
    )
    facts, aliases = [], []
    for row, (_, said) in enumerate(told, first):
        facts += [[mark_of(*fact), things[said.key], row] for fact in said.properties.items() if is_marked(fact[1])]
        aliases += [[alias, things[said.key], row] for alias in said.aliases if alias != said.key]
    _insert(connection, "facts (mark, thing, mention)", facts)
    _insert(connection, "aliases (alias, thing, mention)", aliases)


def _names(connection: sqlite3.Connection, names: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The rows of names of things; of new ones every word is noted."""
    before = _next_row(connection, "names")
    known = _rows_of(connection, "names", ("thing", "name"), ("thing", "name"), {name: name for name in names})
    fresh = [(thing, name, row) for (thing, name), row in known.items() if row >= before]
    words = [[word, thing, row] for thing, name, row in fresh for word in set(words_of(name))]
    _insert(connection, "words (word, thing, name)", words)
    return known


def _ties(
    connection: sqlite3.Connection, graph: Index, ties: Collection[Tie], things: Mapping[str, int]
) -> dict[Tie, int]:
    told_types = {tie.type: (tie.type, tie.type.casefold()) for tie in ties}
    types = _rows_of(connection, "types", ("type", "folded"), ("type",), told_types)
    told = {
        tie: (
            things[tie.source],
            types[tie.type],
            things[tie.target],
            mark_of_id(edge_id(graph.collection_id, tie.source, tie.type, tie.target)),
        )
        for tie in ties
    }
    return _rows_of(connection, "ties", ("start", "type", "finish", "mark"), ("start", "type", "finish"), told)


def _add_assertions(
    connection: sqlite3.Connection,
    told: Sequence[tuple[Source, Assertion]],
    who: Mapping[Source, list[int]],
    ties: Mapping[Tie, int],
) -> None:
    said = [[*who[source], ties[assertion.tie], _text(dict(assertion.properties))] for source, assertion in told]
    _insert(connection, "assertions (layer, document, edition, source, tie, properties)", said)


def _insert(connection: sqlite3.Connection, table: str, said: Sequence[Sequence[Any]]) -> None:
    """Insert many rows by one statement; of those that come twice, one."""
    if said:
        columns = items(len(said[0]))
        connection.execute(f"INSERT OR IGNORE INTO {table} SELECT {columns} FROM json_each(?)", (json.dumps(said),))  # noqa: S608


def _rows_of(
    connection: sqlite3.Connection,
    table: str,
    columns: Sequence[str],
    by: Sequence[str],
    told: Mapping[_K, tuple[int | str, ...]],
) -> dict[_K, int]:
    """The rows of some things, made where they are not there."""
    given = json.dumps(list(told.values()))
    same = " AND ".join(f"x.{column} = {item(columns.index(column), 'j.value')}" for column in by)
    connection.execute(
        f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) SELECT {items(len(columns))} FROM json_each(?)",  # noqa: S608
        (given,),
    )
    found = rows(
        connection,
        f"SELECT json_group_array(id) FROM (SELECT x.id FROM json_each(?) j"  # noqa: S608
        f" CROSS JOIN {table} x ON {same} ORDER BY j.key)",
        (given,),
    )
    return dict(zip(told, found, strict=True))


def _next_row(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])  # noqa: S608


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
