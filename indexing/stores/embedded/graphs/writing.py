"""Knowing, stores: keep what sources say, in the open transaction of an embedded graph."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence

from indexing.stores.embedded.graphs.adding import Told, add
from indexing.stores.embedded.graphs.forgetting import Loose, forget_by_hand, forget_sources, tidy
from indexing.stores.embedded.graphs.layout import item
from indexing.stores.embedded.graphs.placing import kept_sources, words_in
from indexing.stores.graphs import BY_HAND, HAND, Assertion, Mention, Source, Statement, Tie
from indexing.stores.vectors import Index


def check(layer: str, statements: Sequence[Statement]) -> None:
    """Refuse what could not be found again."""
    for statement in statements:
        if (statement.source == HAND) != (layer == BY_HAND):
            raise ValueError("What is by hand has a layer of its own.")
        words = [
            *words_in(statement.source),
            *(word for said in statement.mentions for word in _words_of_mention(said)),
        ]
        words += [word for said in statement.assertions for word in (said.tie.source, said.tie.type, said.tie.target)]
        whole = "\n".join(words)
        whole.encode()  # half a letter cannot be kept
        if "\0" in whole:
            raise ValueError("A name with a zero in it cannot be kept.")


def put(connection: sqlite3.Connection, graph: Index, layer: str, statements: Sequence[Statement]) -> None:
    """Keep these in place of what the same sources said."""
    told, loose = _told_by(statements), Loose()
    if layer == BY_HAND:
        ties = [said.tie for _, said in told.assertions]
        forget_by_hand(connection, [said.key for _, said in told.mentions], ties, loose)
    else:
        forget_sources(connection, kept_sources(connection, layer, told.sources), loose)
    if told.mentions or told.assertions:
        add(connection, graph, layer, told)
    tidy(connection, loose)


def link(connection: sqlite3.Connection, pairs: Collection[tuple[str, str]]) -> None:
    """Note pairs of names of which both are mentioned."""
    ordered = {(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1] and "\0" not in pair[0] + pair[1]}
    mentioned = "EXISTS (SELECT 1 FROM mentions m WHERE m.thing = {0}.id)"
    connection.execute(
        "INSERT OR IGNORE INTO links (smaller, larger) SELECT a.id, b.id FROM json_each(?) j"  # noqa: S608
        f" CROSS JOIN things a ON a.key = {item(0, 'j.value')} CROSS JOIN things b ON b.key = {item(1, 'j.value')}"
        f" WHERE {mentioned.format('a')} AND {mentioned.format('b')}",
        (json.dumps(sorted(ordered)),),
    )


def _told_by(statements: Sequence[Statement]) -> Told:
    """Of one source the last statement, of what is by hand all; of one key or tie the last."""
    mentions: dict[Source, dict[str, Mention]] = {}
    assertions: dict[Source, dict[Tie, Assertion]] = {}
    for statement in statements:
        who = statement.source
        if who != HAND or who not in mentions:
            mentions[who], assertions[who] = {}, {}
        mentions[who].update((said.key, said) for said in statement.mentions)
        assertions[who].update((said.tie, said) for said in statement.assertions)
    return Told(
        list(mentions),
        [(who, mention) for who, of_key in mentions.items() for mention in of_key.values()],
        [(who, assertion) for who, of_tie in assertions.items() for assertion in of_tie.values()],
    )


def _words_of_mention(said: Mention) -> list[str]:
    return [said.key, said.name, *said.labels, *said.aliases]
