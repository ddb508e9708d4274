"""Knowing, stores: the best of many vectors, exactly.

A row at a time by `vecdot`: memory is what this waits for, and one thread of it is as fast as a product of matrices on
two, which took three times the processor and, on a busy machine, five times as long.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FEW = 0.2  # below this share of all, taking out those that are asked about costs less than scoring every one
_TAKEN_TOGETHER = 8192


def best(
    vectors: NDArray[np.float32], query: NDArray[np.float32], allowed: NDArray[np.bool_] | None, limit: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Places and cosines of the best, best first; of equals, those that came first."""
    if allowed is None:
        scores = np.vecdot(vectors, query)
        chosen = _top(scores, limit)
        return chosen, scores[chosen]
    places = np.flatnonzero(allowed)
    scores = _few(vectors, query, places) if len(places) < _FEW * len(vectors) else np.vecdot(vectors, query)[places]
    chosen = _top(scores, limit)
    return places[chosen], scores[chosen]


def _few(vectors: NDArray[np.float32], query: NDArray[np.float32], places: NDArray[np.intp]) -> NDArray[np.float32]:
    pieces = [
        np.vecdot(vectors[places[start : start + _TAKEN_TOGETHER]], query)
        for start in range(0, len(places), _TAKEN_TOGETHER)
    ]
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)


def _top(scores: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
    if limit < len(scores):
        least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        above = np.flatnonzero(scores > least)
        chosen = np.concatenate([above, np.flatnonzero(scores == least)[: limit - len(above)]])
    else:
        chosen = np.arange(len(scores))
    return chosen[np.lexsort((chosen, -scores[chosen]))]
