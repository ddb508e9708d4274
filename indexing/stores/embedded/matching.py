"""Knowing, stores: the best by BM25 among what is asked about, reckoned from that alone.

SQLite's own `bm25` counts all that is in a table, so what somebody may not read would move the scores of what they may.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexing.stores.embedded.layout import words_table
from indexing.stores.embedded.lengths import Held, Lengths
from indexing.wording.analysis import Phrase

_SATURATION, _BY_LENGTH = 1.2, 0.75
_OFFSETS = 32  # bits of where in its chunk a word stands
Allowed = NDArray[np.bool_] | None
Found = tuple[NDArray[np.int64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one generation at the moment of a connection, and how long its chunks are."""

    connection: sqlite3.Connection
    generation: int
    lengths: Lengths

    def best(self, asked: Sequence[Phrase], allowed: Allowed, limit: int) -> Found:
        """Rows and scores of the chunks that hold any of these phrases, best first; of equals, the one that came first.

        A score is the share of what a chunk would have that said every phrase without end.
        `allowed` says by the ordinals of documents which are asked about: no other counts in any way.
        """
        asked_about = None if allowed is None else allowed[self.lengths.documents]
        counted = self.lengths.lengths if asked_about is None else self.lengths.lengths[asked_about]
        count = len(counted)
        if not count:
            return _nothing()
        usual = max(float(counted.mean()), 1.0)
        scores, most = np.zeros(len(self.lengths.rows)), 0.0
        for phrase in asked:
            places, times = self._holding(phrase)
            if asked_about is not None:
                kept = asked_about[places]
                places, times = places[kept], times[kept]
            rarity = np.log1p((count - len(places) + 0.5) / (len(places) + 0.5))
            room = _SATURATION * (1 - _BY_LENGTH + _BY_LENGTH * (self.lengths.lengths[places] / usual))
            scores[places] += rarity * times / (times + room)
            most += float(rarity)
        return self._first(scores / (most or 1.0), limit)

    def _holding(self, phrase: Phrase) -> Held:
        """Where in the lengths the chunks are that hold a phrase, and how often each does."""
        held = self.lengths.known.get(phrase)
        if held is None:
            rows, times = np.unique(np.right_shift(self._begins(phrase), _OFFSETS), return_counts=True)
            held = np.searchsorted(self.lengths.rows, rows).astype(np.int32), times.astype(np.int32)
            self.lengths.known.keep(phrase, held)
        return held

    def _begins(self, phrase: Phrase) -> NDArray[np.int64]:
        """Every place where a phrase begins: a row, and how many words stand before it there."""
        words = self._places(phrase)
        begins = next(words)
        for behind, others in enumerate(words, 1):
            begins = begins[np.isin(begins + behind, others)]
        return begins

    def _places(self, phrase: Phrase) -> Iterator[NDArray[np.int64]]:
        name = f"places_{int(self.generation)}"
        self.connection.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{name}"
            f" USING fts5vocab(main, {words_table(self.generation)}, instance)"
        )
        for forms in phrase:
            any_of = ", ".join("?" * len(forms))
            found = self.connection.execute(
                f"SELECT group_concat((doc << {_OFFSETS}) + offset) FROM temp.{name} WHERE term IN ({any_of})",  # noqa: S608
                forms,
            ).fetchone()[0]
            yield np.fromstring(found or "", dtype=np.int64, sep=",")

    def _first(self, scores: NDArray[np.float64], limit: int) -> Found:
        places = np.flatnonzero(scores)
        if limit < len(places):
            least = np.partition(scores[places], len(places) - limit)[len(places) - limit]
            places = places[scores[places] >= least]
        places = places[np.lexsort((places, -scores[places]))][:limit]
        return self.lengths.rows[places], scores[places]


def _nothing() -> Found:
    return np.zeros(0, dtype=np.int64), np.zeros(0)
