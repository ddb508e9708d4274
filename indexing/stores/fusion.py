"""Knowing, stores: several rankings as one, by place and not by score: cosines and BM25 cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from indexing.stores.vectors import Hit

_SMOOTH = 60  # of Cormack, Clarke and Büttcher (2009): how little the very first places count more than the next ones


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was found in one way, best first, and how much that way counts."""

    hits: Sequence[Hit]
    weight: float = 1


def fused(rankings: Sequence[Ranking], limit: int) -> list[Hit]:
    """The best of all rankings, by reciprocal ranks: 1 is first in each of them, 0 in none.

    Of equals, whoever is placed best in any of them comes first, and then the smaller id.
    """
    whole = sum(ranking.weight for ranking in rankings)
    hits: dict[str, Hit] = {}
    scores: dict[str, float] = {}
    places: dict[str, int] = {}
    for ranking in rankings:
        for place, hit in enumerate(ranking.hits if ranking.weight > 0 else ()):
            share = ranking.weight / whole * (_SMOOTH + 1) / (_SMOOTH + 1 + place)
            hits.setdefault(hit.chunk_id, hit)
            scores[hit.chunk_id] = scores.get(hit.chunk_id, 0) + share
            places[hit.chunk_id] = min(places.get(hit.chunk_id, place), place)
    best = sorted(hits, key=lambda chunk_id: (-scores[chunk_id], places[chunk_id], chunk_id))
    return [replace(hits[chunk_id], score=min(scores[chunk_id], 1.0)) for chunk_id in best[: max(limit, 0)]]
