"""Measuring: how well a ranking answers a question, by what a reader has judged; pure.

As trec_eval reckons: a gain is the grade itself, and a question without anything judged to answer it does not count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Grades = Mapping[str, int]  # by document; what is not named says nothing of the question


def ndcg(ranking: Sequence[str], grades: Grades, depth: int = 10) -> float:
    """Discounted gain of the first of a ranking, as a share of the best there could be."""
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)
    ideal = _gain(best[:depth])
    return _gain([max(grades.get(document, 0), 0) for document in ranking[:depth]]) / ideal if ideal else 0.0


def recall(ranking: Sequence[str], grades: Grades, depth: int) -> float:
    """The share of all that answers which is among the first."""
    right = {document for document, grade in grades.items() if grade > 0}
    return len(right.intersection(ranking[:depth])) / len(right) if right else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Grades, depth: int = 10) -> float:
    """One divided by the place of the first that answers; 0 if none of the first does."""
    for place, document in enumerate(ranking[:depth], 1):
        if grades.get(document, 0) > 0:
            return 1 / place
    return 0.0


def _gain(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(place + 1) for place, grade in enumerate(grades, 1))


@dataclass(frozen=True, slots=True)
class Quality:
    """The means over all questions that have an answer."""

    questions: int
    ndcg_10: float
    recall_5: float
    recall_10: float
    mrr_10: float


def quality(rankings: Mapping[str, Sequence[str]], judged: Mapping[str, Grades]) -> Quality:
    """How good rankings are, by question; a question that was not answered at all counts as nothing found."""
    asked = [question for question, grades in judged.items() if any(grade > 0 for grade in grades.values())]
    pairs = [(rankings.get(question, ()), judged[question]) for question in asked]
    count = max(len(pairs), 1)
    return Quality(
        questions=len(pairs),
        ndcg_10=sum(ndcg(ranking, grades) for ranking, grades in pairs) / count,
        recall_5=sum(recall(ranking, grades, 5) for ranking, grades in pairs) / count,
        recall_10=sum(recall(ranking, grades, 10) for ranking, grades in pairs) / count,
        mrr_10=sum(reciprocal_rank(ranking, grades) for ranking, grades in pairs) / count,
    )
