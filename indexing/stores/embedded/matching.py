"""Knowing, stores: the best by BM25, exactly, and without scoring what cannot count."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from indexing.stores.embedded.layout import counts_table, words_table
from indexing.stores.vectors import DocumentFilter, Scope

_MOST = 32  # phrases of a question that are looked for: the rarest
_FREQUENT, _DRIFT, _MOST_COUNTED = 1000, 0.1, 5000


@dataclass(slots=True)
class Counts:
    """How many chunks hold the frequent words: to count them anew for each question would be most of its work."""

    of: dict[str, int] = field(default_factory=dict)
    kept: int = 0

    def still(self, kept: int) -> dict[str, int]:
        """What is remembered, unless too much has come or gone since."""
        if abs(kept - self.kept) > _DRIFT * self.kept or len(self.of) > _MOST_COUNTED:
            self.of, self.kept = {}, kept
        return self.of


def matching(
    connection: sqlite3.Connection, asked: Sequence[tuple[str, ...]], scope: Scope, named: str, counts: Counts
) -> tuple[list[int], list[float]]:
    """Rows and scores of the chunks that hold any of these phrases, best first.

    A word of more than half of all chunks adds a millionth to a score. To score them all would be most of the work, so
    they are looked for only if the others do not fill the page.
    """
    kept = connection.execute("SELECT kept FROM generations WHERE generation = ?", (scope.generation,)).fetchone()[0]
    held = _held_by(connection, asked, scope.generation, counts.still(kept))
    chosen = sorted(asked, key=lambda phrase: (not held[phrase], held[phrase]))[:_MOST]
    telling = [phrase for phrase in chosen if 2 * held[phrase] <= kept]
    found = _search(connection, telling, scope, named) if telling else ([], [])
    if len(found[0]) < scope.limit and len(telling) < len(chosen):
        found = _search(connection, chosen, scope, named)
    return found


def _held_by(
    connection: sqlite3.Connection, asked: Sequence[tuple[str, ...]], generation: int, known: dict[str, int]
) -> dict[tuple[str, ...], int]:
    """About how many chunks hold each phrase: those of its rarest word."""
    if len(asked) == 1:
        return {asked[0]: 0}
    words = {word for phrase in asked for word in phrase}
    counted = connection.execute(
        f"SELECT json_group_object(term, doc) FROM {counts_table(generation)}"  # noqa: S608
        " WHERE term IN (SELECT value FROM json_each(?))",
        (json.dumps([word for word in words if word not in known]),),
    ).fetchone()[0]
    fresh: dict[str, int] = json.loads(counted)
    held = {word: known.get(word) or fresh.get(word, 0) for word in words}
    known.update((word, count) for word, count in fresh.items() if count >= _FREQUENT)
    return {phrase: min(held[word] for word in phrase) for phrase in asked}


def _search(
    connection: sqlite3.Connection, phrases: Sequence[tuple[str, ...]], scope: Scope, named: str
) -> tuple[list[int], list[float]]:
    words = words_table(scope.generation)
    query = " OR ".join(f'"{" ".join(phrase)}"' for phrase in phrases)
    found = connection.execute(
        f"SELECT group_concat(id), json_group_array(score) FROM (SELECT w.rowid AS id, -bm25({words}) AS score"  # noqa: S608
        f" FROM {words} w {_only(scope.documents)} AND {words} MATCH ? ORDER BY score DESC, w.rowid LIMIT ?)",
        (*([named] if scope.documents else []), query, scope.limit),
    ).fetchone()
    return [int(row) for row in found[0].split(",")] if found[0] else [], json.loads(found[1])


def _only(documents: DocumentFilter | None) -> str:
    if documents is None:
        return "WHERE true"
    of = "NOT IN" if documents.all_except else "IN"
    return f"JOIN chunks c ON c.id = w.rowid WHERE c.document {of} (SELECT value FROM json_each(?))"  # noqa: S608
