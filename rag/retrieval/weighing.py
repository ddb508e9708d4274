"""Answering: rankings by meaning and by words as scores from 0 to 1, alone and as one; pure.

A score depends on the question, on its passage and, where both rankings are one, on the best passage by words. All of
these are the asker's to read.
"""

from __future__ import annotations

from collections.abc import Mapping

MEANING, WORDS = 0.7, 0.3
_HALF = 10.0  # the BM25 that is half of all there can be
Ranked = list[tuple[str, float]]


def by_meaning(cosines: Mapping[str, float]) -> Ranked:
    """Chunks by cosine; what points away from a question answers it no less than what is beside it."""
    return _best_first({chunk_id: _within(cosine) for chunk_id, cosine in cosines.items()})


def by_words(weights: Mapping[str, float]) -> Ranked:
    """Chunks by BM25, brought below 1 without another order."""
    return _best_first({chunk_id: weight / (weight + _HALF) for chunk_id, weight in weights.items()})


def by_both(cosines: Mapping[str, float], weights: Mapping[str, float]) -> Ranked:
    """Chunks by 0.7 of the cosine and 0.3 of the BM25 as a share of the best; without words in common, 0 of that."""
    best = max(weights.values(), default=0.0) or 1.0
    scores = {
        chunk_id: MEANING * _within(cosine) + WORDS * _within(weights.get(chunk_id, 0.0) / best)
        for chunk_id, cosine in cosines.items()
    }
    return _best_first(scores)


def _within(score: float) -> float:
    return min(max(score, 0.0), 1.0)


def _best_first(scores: Mapping[str, float]) -> Ranked:
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))
