"""Knowing, stores: ask a vector store by meaning and by words at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from indexing.stores.fusion import Ranking, fused
from indexing.stores.vectors import Hit, Index, Scope, VectorStore

_DEEPER, _LEAST = 4, 40  # what is third in both ways stands before what is first in one, so look further than the page


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a vector and as it was written, and how much its words count: 0 is meaning alone, 1 words alone."""

    vector: NDArray[np.float32]
    text: str
    words: float = 0.5


async def hybrid(store: VectorStore, index: Index, question: Question, scope: Scope) -> list[Hit]:
    """The chunks that fit best by meaning and by words, with one score for both from 0 to 1."""
    deep = replace(scope, limit=max(_DEEPER * scope.limit, _LEAST))
    near, matching = await asyncio.gather(
        store.near(index, question.vector, deep),
        store.matching(index, question.text, deep),
    )
    return fused([Ranking(near, 1 - question.words), Ranking(matching, question.words)], scope.limit)
