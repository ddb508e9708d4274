"""Measuring: whether what was found is what a case expects: documents, or passages that must be among it; pure.

Several expected things may stand in one passage, and one document may give several passages. So a passage gains what
it is the first to bring, and what brings nothing new is no second find.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evals.answers import Shown
from evals.metrics.wording import row_of
from evals.values import Expected

RECALL = (1, 3, 5, 10)
DEPTH = 10


def retrieval_scores(passages: Sequence[Shown], wanted: Sequence[Expected]) -> dict[str, float]:
    """All that is said of one ranking; nothing where nothing is expected."""
    asked = [one for one in wanted if one.grade > 0]
    if not asked:
        return {}
    ranking = _first_brought(passages, asked)
    relevant = [any(_is(one, passage) for one in asked) for passage in passages]
    return {
        **{f"recall@{depth}": _recall(ranking, asked, depth) for depth in RECALL},
        f"ndcg@{DEPTH}": _ndcg(ranking, asked),
        f"mrr@{DEPTH}": next((1 / place for place, is_one in enumerate(relevant[:DEPTH], 1) if is_one), 0.0),
        "context_precision": context_precision(relevant),
    }


def context_precision(relevant: Sequence[bool]) -> float:
    """How near the top stands what is relevant: the mean, over relevant places, of the precision down to there."""
    found, total = 0, 0.0
    for place, is_one in enumerate(relevant, 1):
        if is_one:
            found += 1
            total += found / place
    return total / found if found else 0.0


def is_called(name: str, other: str) -> bool:
    """Whether two names of documents are one, as people write them."""
    return name.strip().casefold() == other.strip().casefold()


def _is(wanted: Expected, passage: Shown) -> bool:
    if wanted.document_id is not None and wanted.document_id != passage.document_id:
        return False
    if wanted.document_name is not None and not is_called(wanted.document_name, passage.document_name):
        return False
    return wanted.text is None or row_of(wanted.text) in row_of(passage.text)


def _first_brought(passages: Sequence[Shown], wanted: Sequence[Expected]) -> list[Mapping[int, int]]:
    """By place in a ranking, what is brought there for the first time, with its grade."""
    left = dict(enumerate(wanted))
    brought: list[Mapping[int, int]] = []
    for passage in passages:
        new = {place: one.grade for place, one in left.items() if _is(one, passage)}
        left = {place: one for place, one in left.items() if place not in new}
        brought.append(new)
    return brought


def _recall(ranking: Sequence[Mapping[int, int]], wanted: Sequence[Expected], depth: int) -> float:
    return sum(len(brought) for brought in ranking[:depth]) / len(wanted)


def _ndcg(ranking: Sequence[Mapping[int, int]], wanted: Sequence[Expected]) -> float:
    """A place gains the best grade it brings; what comes beside that in one place needs no place of its own."""
    first = ranking[:DEPTH]
    gained = [max(brought.values(), default=0) for brought in first]
    beside = [grade for brought in first for grade in sorted(brought.values(), reverse=True)[1:]]
    best = sorted((one.grade for one in wanted), reverse=True)
    for grade in beside:
        best.remove(grade)
    return min(_discounted(gained) / _discounted(best[:DEPTH]), 1.0)


def _discounted(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(place + 1) for place, grade in enumerate(grades, 1))
