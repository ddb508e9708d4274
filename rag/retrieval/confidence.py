"""Answering: how likely it is that what was found answers the question at all; pure.

A score says which passage is best; it says little of whether the best is any good. What was measured to tell more:
how near the nearest passage is, how far the first document stands before the next, and whether numbers, codes and
names that are asked for are said by the best passages. Everything comes from passages that the asker is shown or would
be shown if they asked for more. See docs/decisions/0022.
"""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from rag.retrieval.exact_terms import exact_terms, unsaid
from rag.retrieval.passages import Passage
from rag.retrieval.question import Way

LOOKED_AT = 10  # passages, however many are asked for
_READ = 3  # of them, for terms


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What of one collection was looked at to tell how sure an answer is, best first."""

    way: Way
    model: str  # whose cosines these are
    passages: Sequence[Passage]
    cosines: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for an answer and against it."""

    nearness: float  # the highest cosine; by words alone, the highest score
    lead: float  # of the first document's score over the next one's
    unsaid: float  # 1 if an exact term of the question is in none of the best passages


@dataclass(frozen=True, slots=True)
class _Weights:
    """Of a logistic regression in which a question with an answer and one without are equally likely."""

    always: float
    nearness: float
    lead: float
    unsaid: float


_BY_MODEL = frozenset({Way.VECTOR, Way.HYBRID})
_WEIGHTS: Mapping[Way, _Weights] = {
    Way.VECTOR: _Weights(-2.26, 4.0, 12.0, -2.0),
    Way.KEYWORD: _Weights(-0.18, 0.36, 7.13, -2.11),
    Way.HYBRID: _Weights(-2.83, 5.7, 11.8, -2.95),
    Way.GRAPH: _Weights(-0.18, 0.36, 7.13, -2.11),  # those of words: not measured by itself
}


def confidence(question: str, way: Way, passages: Sequence[Passage], cosines: Mapping[str, float]) -> float:
    """From 0 to 1, for passages that were found in a way, best first; 0 if there are none."""
    if not passages:
        return 0.0
    signs, weights = signs_of(question, passages, cosines), _WEIGHTS[way]
    odds = weights.always + weights.nearness * signs.nearness + weights.lead * signs.lead
    return 1 / (1 + math.exp(-(odds + weights.unsaid * signs.unsaid)))


def confidence_of(question: str, all_looked_at: Sequence[LookedAt]) -> float:
    """The same for several collections: as sure as if all that was found alike had been found in one.

    The surest of several would rise with each collection more that holds nothing: in any of them something is nearest,
    and something is ahead. What is measured otherwise, by other words or another model, does not compare; of that the
    surest counts.
    """
    alike: dict[tuple[Way, str], list[LookedAt]] = {}
    for one in all_looked_at:
        alike.setdefault((one.way, one.model if one.way in _BY_MODEL else ""), []).append(one)
    return max((_of_one(question, way, some) for (way, _), some in alike.items()), default=0.0)


def _of_one(question: str, way: Way, alike: Sequence[LookedAt]) -> float:
    passages = sorted(chain.from_iterable(one.passages for one in alike), key=lambda one: (-one.score, one.chunk_id))
    return confidence(question, way, passages, ChainMap(*(dict(one.cosines) for one in alike)))


def signs_of(question: str, passages: Sequence[Passage], cosines: Mapping[str, float]) -> Signs:
    """What can be seen in what was found."""
    looked_at, first = passages[:LOOKED_AT], passages[0]
    others = [passage.score for passage in looked_at if passage.document_id != first.document_id]
    next_best = max(others, default=looked_at[-1].score)  # where all are of one document, nothing is ahead by much
    nearest = max((cosines[passage.chunk_id] for passage in looked_at if passage.chunk_id in cosines), default=None)
    missing = unsaid(exact_terms(question), [passage.content for passage in passages[:_READ]])
    return Signs(
        nearness=first.score if nearest is None else max(nearest, 0.0),
        lead=first.score - next_best,
        unsaid=1.0 if missing else 0.0,
    )
