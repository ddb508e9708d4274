"""Answering: what is asked of a collection, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MOST_RESULTS = 100


class Way(StrEnum):
    """How passages are looked for."""

    VECTOR = "vector"  # by meaning
    KEYWORD = "keyword"  # by words
    HYBRID = "hybrid"  # by both
    GRAPH = "graph"  # by what is known of the things in them


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and how many passages of which documents may answer it; None is any."""

    text: str
    way: Way = Way.VECTOR
    top_k: int = 10
    min_score: float = 0.0  # what scores exactly this much is still an answer
    document_ids: frozenset[str] | None = None
    details: Mapping[str, Any] | None = None  # metadata of documents
    rerank: bool = False  # whether what is found is put in a better order, and scored by that
    sure: bool = True  # whether it is reckoned how likely what is found answers at all
    graph: bool = False  # whether the graph of a collection that has one is asked too
    why: bool = False  # whether each passage says what its score is made of, and the search what its time went into
