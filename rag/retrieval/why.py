"""Answering: why a passage stands where it stands: what each ranker that was asked says of it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.retrieval.weighing import within

Said = Mapping[str, Mapping[str, float]]  # by ranker, by chunk


@dataclass(frozen=True, slots=True)
class Why:
    """Parts of a score, each from 0 to 1; None where that ranker was not asked."""

    vector: float | None = None
    keyword: float | None = None
    graph: float | None = None
    rerank: float | None = None


def why_of(said: Said, chunk_id: str) -> Why:
    """What the rankers say of one chunk; of what a ranker has not found it says nothing, which counts as 0."""
    return Why(**{ranker: within(weights.get(chunk_id, 0.0)) for ranker, weights in said.items()})
