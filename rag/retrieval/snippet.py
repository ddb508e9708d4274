"""Answering: the part of a passage that says most of what was asked, by its exact place in it; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.retrieval.stop_words import telling

_LONGEST, _LEAD = 320, 60  # characters
_MOST_WORDS, _MOST_PLACES = 32, 500
_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of a text, from one up to another."""

    start: int
    end: int


class Snippets:
    """Finds the telling part of passages for one question."""

    def __init__(self, question: str) -> None:
        words = list(dict.fromkeys(word.lower() for word in _WORD.findall(telling(question))))[:_MOST_WORDS]
        self._words = re.compile("|".join(rf"\b{re.escape(word)}" for word in words), re.I) if words else None

    def of(self, content: str) -> Span:
        """Where most different words of the question stand together; else the beginning."""
        if len(content) <= _LONGEST:
            return Span(0, len(content))
        found = self._found(content)
        start = max(_best(found) - _LEAD, 0)
        end = min(start + _LONGEST, len(content))
        return Span(_onto_word(content, start), _off_word(content, start, end))

    def _found(self, content: str) -> list[tuple[int, str]]:
        found = self._words.finditer(content) if self._words else iter(())
        return [(one.start(), one[0].lower()) for one, _ in zip(found, range(_MOST_PLACES), strict=False)]


def _best(found: Sequence[tuple[int, str]]) -> int:
    """The first place from which most different words are within reach."""
    within, end, best, most = Counter[str](), 0, 0, 0
    for place, word in found:
        while end < len(found) and found[end][0] < place + _LONGEST - _LEAD:
            within[found[end][1]] += 1
            end += 1
        if len(within) > most:
            best, most = place, len(within)
        within[word] -= 1
        if not within[word]:
            del within[word]
    return best


def _onto_word(content: str, start: int) -> int:
    """The next beginning of a word, if one is near."""
    space = _SPACE.search(content, start, start + _LEAD) if start else None
    return space.end() if space else start


def _off_word(content: str, start: int, end: int) -> int:
    if end == len(content):
        return end
    space = content.rfind(" ", max(start, end - _LEAD), end)
    return space if space > 0 else end
