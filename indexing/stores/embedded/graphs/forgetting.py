"""Knowing, stores: keep no longer what sources said, and nothing that only they spoke of."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from indexing.stores.embedded.graphs.layout import HAND_LAYER, Given, rows, tie_list
from indexing.stores.embedded.layout import listed
from indexing.stores.graphs import Tie


@dataclass(slots=True)
class Loose:
    """Rows that somebody spoke of who does no more: nobody may."""

    sources: set[int] = field(default_factory=set)
    things: set[int] = field(default_factory=set)
    names: set[int] = field(default_factory=set)
    kinds: set[int] = field(default_factory=set)
    ties: set[int] = field(default_factory=set)


def sources_with(connection: sqlite3.Connection, condition: str, given: Given, most: int) -> list[int]:
    """Some of the sources that a condition is true of, but not what is by hand."""
    return rows(
        connection,
        f"SELECT json_group_array(id) FROM (SELECT id FROM sources WHERE layer <> {HAND_LAYER} AND {condition}"  # noqa: S608
        f" LIMIT {int(most)})",
        given,
    )


def forget_sources(connection: sqlite3.Connection, sources: Collection[int], loose: Loose) -> int:
    """Keep nothing of what these said; says how many mentions and assertions that was."""
    given = (listed(sources),)
    mentions, assertions = (
        rows(
            connection,
            f"SELECT json_group_array(m.id) FROM json_each(?) j CROSS JOIN {table} m ON m.source = j.value",  # noqa: S608
            given,
        )
        for table in ("mentions", "assertions")
    )
    loose.sources.update(sources)
    return forget(connection, mentions, assertions, loose)


def forget_by_hand(connection: sqlite3.Connection, keys: Collection[str], ties: Collection[Tie], loose: Loose) -> int:
    """Keep what is by hand of these no longer."""
    mentions = rows(
        connection,
        "SELECT json_group_array(m.id) FROM json_each(?) j CROSS JOIN things t ON t.key = j.value"  # noqa: S608
        f" CROSS JOIN mentions m ON m.thing = t.id AND m.layer = {HAND_LAYER}",
        (listed(set(keys)),),
    )
    assertions = rows(
        connection,
        "SELECT json_group_array(m.id) FROM json_each(?) j CROSS JOIN things a ON a.key = json_extract(j.value, '$[0]')"  # noqa: S608
        " CROSS JOIN types y ON y.type = json_extract(j.value, '$[1]')"
        " CROSS JOIN things b ON b.key = json_extract(j.value, '$[2]')"
        " CROSS JOIN ties t ON t.start = a.id AND t.type = y.id AND t.finish = b.id"
        f" CROSS JOIN assertions m ON m.tie = t.id AND m.layer = {HAND_LAYER}",
        (tie_list(ties),),
    )
    return forget(connection, mentions, assertions, loose)


def forget(connection: sqlite3.Connection, mentions: Collection[int], assertions: Collection[int], loose: Loose) -> int:
    """Keep these rows no longer, and count their layers anew."""
    of_layer: dict[int, set[int]] = defaultdict(set)
    if mentions:
        for thing, layer, name, kind, source in _taken(
            connection, "mentions", "thing, layer, name, kind, source", mentions
        ):
            of_layer[layer].add(thing)
            loose.things.add(thing)
            loose.names.add(name)
            loose.kinds.add(kind)
            loose.sources.add(source)
        for table in ("facts", "aliases"):
            connection.execute(
                f"DELETE FROM {table} WHERE mention IN (SELECT value FROM json_each(?))",  # noqa: S608
                (listed(mentions),),
            )
        for layer, things in of_layer.items():
            count_things(connection, layer, things, sign=-1)
    of_layer.clear()
    if assertions:
        for tie, layer, source in _taken(connection, "assertions", "tie, layer, source", assertions):
            of_layer[layer].add(tie)
            loose.ties.add(tie)
            loose.sources.add(source)
        for layer, ties in of_layer.items():
            count_ties(connection, layer, ties, sign=-1)
    return len(mentions) + len(assertions)


def count_things(connection: sqlite3.Connection, layer: int, things: Iterable[int], *, sign: int) -> None:
    """Count those of these that a layer does not mention now: before they come, or after they went."""
    connection.execute(
        "UPDATE layers SET things = things + :sign * (SELECT count(*) FROM json_each(:ids) j"
        " WHERE NOT EXISTS (SELECT 1 FROM mentions m WHERE m.thing = j.value AND m.layer = :layer)) WHERE id = :layer",
        {"layer": layer, "ids": listed(things), "sign": sign},
    )


def count_ties(connection: sqlite3.Connection, layer: int, ties: Iterable[int], *, sign: int) -> None:
    """The same for relations."""
    connection.execute(
        "UPDATE layers SET ties = ties + :sign * (SELECT count(*) FROM json_each(:ids) j"
        " WHERE NOT EXISTS (SELECT 1 FROM assertions m WHERE m.tie = j.value AND m.layer = :layer)) WHERE id = :layer",
        {"layer": layer, "ids": listed(ties), "sign": sign},
    )


def tidy(connection: sqlite3.Connection, loose: Loose) -> None:
    """Keep nothing that nobody speaks of: no word, no name, no link of it."""
    _tidy_sources(connection, loose.sources)
    _tidy_ties(connection, loose)
    _drop_loose(connection, "names", loose.names, "SELECT 1 FROM mentions m WHERE m.thing = x.thing AND m.name = x.id")
    connection.execute(
        "DELETE FROM words WHERE name IN (SELECT value FROM json_each(?)) AND NOT EXISTS"
        " (SELECT 1 FROM names n WHERE n.id = words.name)",
        (listed(loose.names),),
    )
    _drop_loose(connection, "kinds", loose.kinds, "SELECT 1 FROM mentions m WHERE m.kind = x.id")
    for end in ("smaller", "larger"):
        connection.execute(
            f"DELETE FROM links WHERE {end} IN (SELECT j.value FROM json_each(?) j"  # noqa: S608
            " WHERE NOT EXISTS (SELECT 1 FROM mentions m WHERE m.thing = j.value))",
            (listed(loose.things),),
        )
    spoken_of = (
        "SELECT 1 FROM mentions m WHERE m.thing = x.id UNION ALL SELECT 1 FROM ties t WHERE t.start = x.id"
        " UNION ALL SELECT 1 FROM ties t WHERE t.finish = x.id"
    )
    _drop_loose(connection, "things", loose.things, spoken_of)


def _tidy_sources(connection: sqlite3.Connection, sources: Collection[int]) -> None:
    about = rows(
        connection,
        "SELECT json_group_array(json_array(s.document, s.edition, s.layer)) FROM json_each(?) j"
        " CROSS JOIN sources s ON s.id = j.value",
        (listed(sources),),
    )
    says = "SELECT 1 FROM mentions m WHERE m.source = x.id UNION ALL SELECT 1 FROM assertions m WHERE m.source = x.id"
    _drop_loose(connection, "sources", sources, says)
    for place, (table, column) in enumerate([("documents", "document"), ("editions", "edition"), ("layers", "layer")]):
        loose = {row[place] for row in about} - ({HAND_LAYER} if table == "layers" else set())
        _drop_loose(connection, table, loose, f"SELECT 1 FROM sources s WHERE s.{column} = x.id")  # noqa: S608


def _tidy_ties(connection: sqlite3.Connection, loose: Loose) -> None:
    about = rows(
        connection,
        "SELECT json_group_array(json_array(t.start, t.finish, t.type)) FROM json_each(?) j"
        " CROSS JOIN ties t ON t.id = j.value",
        (listed(loose.ties),),
    )
    _drop_loose(connection, "ties", loose.ties, "SELECT 1 FROM assertions m WHERE m.tie = x.id")
    _drop_loose(connection, "types", {row[2] for row in about}, "SELECT 1 FROM ties t WHERE t.type = x.id")
    loose.things.update(end for row in about for end in row[:2])


def _drop_loose(connection: sqlite3.Connection, table: str, ids: Collection[int], unless: str) -> None:
    connection.execute(
        f"DELETE FROM {table} WHERE id IN (SELECT x.id FROM json_each(?) j CROSS JOIN {table} x ON x.id = j.value"  # noqa: S608
        f" WHERE NOT EXISTS ({unless}))",
        (listed(ids),),
    )


def _taken(connection: sqlite3.Connection, table: str, columns: str, ids: Collection[int]) -> list[list[int]]:
    """Some columns of rows that are kept no longer."""
    given = (json.dumps(list(ids)),)
    found: list[list[int]] = rows(
        connection,
        f"SELECT json_group_array(json_array({columns})) FROM json_each(?) j CROSS JOIN {table} x ON x.id = j.value",  # noqa: S608
        given,
    )
    connection.execute(f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))", given)  # noqa: S608
    return found
