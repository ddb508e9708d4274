"""Answering: the part of a passage that says most of what was asked, by its exact place in it; pure."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass

from rag.retrieval.stop_words import telling

_LONGEST, _LEAD = 320, 60  # characters
_REACH = _LONGEST - _LEAD
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
        self._words = list(dict.fromkeys(word.lower() for word in _WORD.findall(telling(question))))[:_MOST_WORDS]
        self._known: dict[str, Span] = {}

    def of(self, content: str) -> Span:
        """Where most different words of the question stand together; else the beginning."""
        if content not in self._known:
            self._known[content] = self._telling(content)
        return self._known[content]

    def _telling(self, content: str) -> Span:
        if len(content) <= _LONGEST:
            return Span(0, len(content))
        start = max(_best(_small(content), self._words) - _LEAD, 0)
        end = min(start + _LONGEST, len(content))
        return Span(_onto_word(content, start), _off_word(content, start, end))


def _small(content: str) -> str:
    """The same in small letters, each in its place: some would become two."""
    small = content.lower()
    return small if len(small) == len(content) else "".join(_as_small(sign) for sign in content)


def _as_small(sign: str) -> str:
    small = sign.lower()
    return small if len(small) == 1 else sign


def _best(text: str, words: Sequence[str]) -> int:
    """The first place from which most different words are within reach; words are said by what begins with them.

    It goes from place to place, knowing where each word comes next, and ends where no more words are left than were
    seen together: mostly early.
    """
    coming = sorted((place, word) for word in words if (place := _next(text, word, 0)) >= 0)
    best, most = 0, 0
    for _ in range(_MOST_PLACES):
        if most >= len(coming):
            break
        place, word = coming[0]
        within = bisect_left(coming, (place + _REACH,))
        if within > most:
            best, most = place, within
        del coming[0]
        if (again := _next(text, word, place + 1)) >= 0:
            insort(coming, (again, word))
    return best


def _next(text: str, word: str, start: int) -> int:
    """Where a word begins with this one; what is further inside of a word is passed by together with the rest of it."""
    place = text.find(word, start)
    while place > 0 and ((before := text[place - 1]).isalnum() or before == "_"):
        inside = _WORD.match(text, place)
        place = text.find(word, inside.end() if inside else place + 1)
    return place


def _onto_word(content: str, start: int) -> int:
    """The next beginning of a word, if one is near."""
    space = _SPACE.search(content, start, start + _LEAD) if start else None
    return space.end() if space else start


def _off_word(content: str, start: int, end: int) -> int:
    if end == len(content):
        return end
    space = content.rfind(" ", max(start, end - _LEAD), end)
    return space if space > 0 else end
