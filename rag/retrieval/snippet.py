"""Answering: the part of a passage that says most of what was asked, by its exact place in it; pure."""

from __future__ import annotations

import re
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
        start = max(_best(self._found(content)) - _LEAD, 0)
        end = min(start + _LONGEST, len(content))
        return Span(_onto_word(content, start), _off_word(content, start, end))

    def _found(self, content: str) -> list[tuple[int, str]]:
        """The first places where words begin with those of the question: looked for one by one, at C's pace."""
        text, places = _small(content), dict[int, str]()
        for word in self._words:
            place, left = text.find(word), _MOST_PLACES
            while place >= 0 and left:
                if not place or not ((before := text[place - 1]).isalnum() or before == "_"):
                    places.setdefault(place, word)
                    left -= 1
                place = text.find(word, place + 1)
        return sorted(places.items())[:_MOST_PLACES]


def _small(content: str) -> str:
    """The same in small letters, each in its place: some would become two."""
    small = content.lower()
    return small if len(small) == len(content) else "".join(_as_small(sign) for sign in content)


def _as_small(sign: str) -> str:
    small = sign.lower()
    return small if len(small) == 1 else sign


def _best(found: Sequence[tuple[int, str]]) -> int:
    """The first place from which most different words are within reach."""
    within, end, best, most = dict[str, int](), 0, 0, 0
    for place, word in found:
        while end < len(found) and found[end][0] < place + _LONGEST - _LEAD:
            coming = found[end][1]
            within[coming] = within.get(coming, 0) + 1
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
