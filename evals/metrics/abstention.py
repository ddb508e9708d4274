"""Measuring: whether a number tells questions that have an answer from those that have none; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

KEPT = 0.95


@dataclass(frozen=True, slots=True)
class Abstention:
    """What a threshold does that keeps a share of the questions that have an answer."""

    threshold: float
    kept: float  # of those that have an answer, as it turned out
    let_through: float  # of those that have none
    area: float  # how often one that has an answer stands above one that has none: 0.5 is chance, 1 always


def abstention(answerable: Sequence[float], unanswerable: Sequence[float], kept: float = KEPT) -> Abstention:
    """Look for the highest threshold that keeps so many; what stands exactly at it is kept."""
    if not (answerable and unanswerable):
        return Abstention(0.0, 1.0, 1.0, 0.5)
    highest_first = sorted(answerable, reverse=True)
    threshold = highest_first[max(math.ceil(kept * len(answerable)), 1) - 1]
    return Abstention(
        threshold=threshold,
        kept=sum(number >= threshold for number in answerable) / len(answerable),
        let_through=sum(number >= threshold for number in unanswerable) / len(unanswerable),
        area=_area(answerable, unanswerable),
    )


def _area(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    above = sum(1.0 if one > other else 0.5 if one == other else 0.0 for one in answerable for other in unanswerable)
    return above / (len(answerable) * len(unanswerable))
