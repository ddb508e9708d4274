"""Answering: rankings by meaning and by words as scores from 0 to 1, alone and as one; pure.

A score depends on the question, on its passage, and on how frequent the words of the question are in what its asker may
read. That of words is a share of all that could be said, not of the best passage's: where little of a question is
found it counts for little, and scores of several collections can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping

MEANING, WORDS = 0.7, 0.3
GRAPH = 0.25  # of a score, where a graph has something to say
Ranked = list[tuple[str, float]]


def by_meaning(cosines: Mapping[str, float]) -> Ranked:
    """Chunks by cosine; what points away from a question answers it no less than what is beside it."""
    return _best_first({chunk_id: within(cosine) for chunk_id, cosine in cosines.items()})


def by_words(weights: Mapping[str, float]) -> Ranked:
    """Chunks by BM25 as a share of the most it could be."""
    return _best_first({chunk_id: within(weight) for chunk_id, weight in weights.items()})


def by_both(cosines: Mapping[str, float], weights: Mapping[str, float]) -> Ranked:
    """Chunks by 0.7 of the cosine and 0.3 of the BM25; without words in common, 0 of that."""
    scores = {
        chunk_id: MEANING * within(cosine) + WORDS * within(weights.get(chunk_id, 0.0))
        for chunk_id, cosine in cosines.items()
    }
    return _best_first(scores)


def with_graph(ranked: Ranked, weights: Mapping[str, float]) -> Ranked:
    """Chunks by 0.75 of their score and 0.25 of what the graph says of them; as they are where it says nothing."""
    if not weights:
        return ranked
    scores = dict(ranked)
    return _best_first(
        {
            chunk_id: (1 - GRAPH) * scores.get(chunk_id, 0.0) + GRAPH * within(weights.get(chunk_id, 0.0))
            for chunk_id in scores.keys() | weights.keys()
        }
    )


def within(score: float) -> float:
    """The score, not below 0 and not above 1."""
    return 0.0 if score < 0 else 1.0 if score > 1 else score


def _best_first(scores: Mapping[str, float]) -> Ranked:
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))
