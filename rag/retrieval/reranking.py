"""Answering: passages that were found, in a better order for one question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from app.identity.caller import Caller
from rag.retrieval.passages import Passage
from rag.retrieval.stop_words import telling

POOL = 50  # passages that are put in order, if no more are wanted

_WORD = re.compile(r"\w+")
_FOUND, _COVERED, _TOGETHER = 0.5, 0.35, 0.15
_ROOT = 5  # letters in which forms of one word agree
_MOST_WORDS, _MOST_READ = 32, 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and as whom it is asked."""

    caller: Caller
    text: str
    epochs: Mapping[str, int]


class Reranker(Protocol):
    """Says how well passages answer a question. What fails it is BackendFailure, or another PlatformError."""

    async def weigh(self, asked: Asked, passages: Sequence[Passage]) -> Sequence[float]:
        """A score from 0 to 1 for each, in their order."""


class CoverageReranker:
    """Puts first what says most of a question's words, and says them together; of equals, what was found first.

    A score depends on the question and on its passage alone: on none that stands beside it, and on none that is hidden.
    """

    async def weigh(self, asked: Asked, passages: Sequence[Passage]) -> Sequence[float]:
        """Half of it is the score that it was found with."""
        roots = list(dict.fromkeys(map(_root, _WORD.findall(telling(asked.text)))))[:_MOST_WORDS]
        return [_FOUND * passage.score + _said(roots, passage.content) for passage in passages]


def _said(roots: Sequence[str], content: str) -> float:
    said = [_root(word) for word in _WORD.findall(content[:_MOST_READ])]
    there = set(said)
    covered = sum(root in there for root in roots) / max(len(roots), 1)
    pairs = set(pairwise(roots))
    together = len(pairs & set(pairwise(said))) / max(len(pairs), 1)
    return _COVERED * covered + _TOGETHER * together


def _root(word: str) -> str:
    return word.lower()[:_ROOT]
