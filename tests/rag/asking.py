"""What is asked in the tests of searching, and the right answers, found the long way."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.identity.caller import Caller
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.question import Question, Way
from rag.retrieval.question_vectors import QuestionVectors
from rag.search import CollectionSearch, Found
from tests.world.embedder import vector_of
from tests.world.people import Organisation

WAYS = (Way.VECTOR, Way.KEYWORD, Way.HYBRID)  # that need no graph


class KnownVectors(QuestionVectors):
    """Gives questions the vectors that passages of the same words have."""

    async def of(self, caller: Caller, model: str, text: str, epochs: Mapping[str, int]) -> NDArray[np.float32]:
        return vector_of(text)


async def search(organisation: Organisation, name: str) -> CollectionSearch:
    """What searches as somebody."""
    platform, person = organisation.running.platform, organisation.people[name]
    caller = (await platform.credentials.admit(person.key)).caller
    onlooker = Onlooker(platform.chokepoint, platform.transactions, caller, organisation.id)
    known = KnownVectors(platform.gateway, platform.counters, platform.clock)
    return CollectionSearch(platform.access, onlooker, platform.vectors, known, {})


def hits(found: Found) -> list[tuple[str, float]]:
    """Chunks and scores of an answer."""
    return [(seen.value.chunk_id, seen.value.score) for seen in found.passages]


def oracle(question: Question, readable: Mapping[str, str]) -> list[tuple[str, float]]:
    """The best of what may be read, one passage after the other, with scores as they are promised."""
    asked = _known(question.text)
    turned = {id_: float(_known(text) @ asked) for id_, text in readable.items()}
    cosines = {id_: max(cosine, 0.0) for id_, cosine in turned.items()}
    words = bm25(question.text, readable)
    if question.way is Way.KEYWORD:
        scores = dict(words)
    elif question.way is Way.VECTOR:
        scores = {id_: cosines[id_] for id_ in sorted(turned, key=lambda id_: -turned[id_])[: question.top_k]}
    else:
        deep = {id_ for both in (turned, words) for id_ in sorted(both, key=lambda id_: -both[id_])[:100]}
        counted = dict(sorted(words.items(), key=lambda one: -one[1])[:100])
        scores = {id_: 0.7 * cosines[id_] + 0.3 * counted.get(id_, 0.0) for id_ in deep}
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))[: question.top_k]


def bm25(asked: str, texts: Mapping[str, str]) -> dict[str, float]:
    """The textbook's, among these texts and no others, as a share of the most it could be."""
    said = {id_: _said(text) for id_, text in texts.items()}
    average = sum(sum(words.values()) for words in said.values()) / max(len(said), 1)
    scores, most = dict[str, float](), 0.0
    for word in dict.fromkeys(asked.split()):
        holding = [id_ for id_, words in said.items() if word in words]
        rarity = math.log(1 + (len(said) - len(holding) + 0.5) / (len(holding) + 0.5))
        most += rarity * 2.2
        for id_ in holding:
            times, length = said[id_][word], sum(said[id_].values())
            weight = rarity * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length / average))
            scores[id_] = scores.get(id_, 0.0) + weight
    return {id_: score / most for id_, score in scores.items()}


@cache
def _known(text: str) -> NDArray[np.float64]:
    return vector_of(text).astype(np.float64)


@cache
def _said(text: str) -> Counter[str]:
    return Counter(text.split())
