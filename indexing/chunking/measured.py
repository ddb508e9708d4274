"""Knowing, chunking: a text beside its weight in tokens, weighed stretch by stretch and never whole."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from app.inference.counting import LARGEST_ATOM, LONGEST_WORD, TokenCounter, countable
from indexing.extraction.text import ExtractedText

MOST_CHARACTERS_A_TOKEN = (
    64  # a longer stretch is taken apart unweighed, and is no chunk even if it is mostly white space
)
WORD = re.compile(r"\S+")
_AT_ONCE = 1_024
_ISOLATED = re.compile("[!-/:-@\\[-`{-~\\s\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


class Unit(NamedTuple):
    """What is never cut: a word, or a part of a long one; a row of them never counts more than it weighs."""

    start: int
    end: int
    tokens: int
    opens: bool  # whether white space stands before it


@dataclass(frozen=True, slots=True)
class Measured:
    """A text, and how large its chunks may be."""

    extracted: ExtractedText
    counter: TokenCounter
    size: int
    overlap: int
    plain: str = field(init=False)  # the text as the counter reads it, character for character in the same places

    def __post_init__(self) -> None:
        object.__setattr__(self, "plain", countable(self.extracted.text))

    @property
    def text(self) -> str:
        """The text the chunks are cut from."""
        return self.extracted.text

    @property
    def room(self) -> int:
        """The tokens a chunk may have beside what it shares with the one before."""
        return self.size - self.overlap

    def weigh(self, start: int, end: int, room: int) -> int:
        """Weigh a stretch; of one that is far too long only say that it is more than `room`."""
        if end - start > room * MOST_CHARACTERS_A_TOKEN:
            return room + 1
        return self.counter.weigh(self.plain[start:end])

    def units(self, start: int, end: int) -> Iterator[Unit]:
        """Take a stretch apart."""
        words = WORD.finditer(self.plain, start, end)
        while batch := list(islice(words, _AT_ONCE)):
            short = [word if len(word := found.group()) <= LONGEST_WORD else "" for found in batch]
            for found, word, tokens in zip(batch, short, self.counter.weights(short), strict=True):
                if word and tokens <= LARGEST_ATOM:
                    yield Unit(*found.span(), tokens, True)
                else:
                    yield from self._atoms(found.start(), found.group())

    def _atoms(self, at: int, word: str) -> Iterator[Unit]:
        opens = True
        for length, tokens in self.counter.atoms(word):
            yield Unit(at, at + length, tokens, opens)
            at += length
            opens = False

    def parts_at(self, place: int) -> bool:
        """Whether what stands before and after a place is counted apart."""
        beside = self.plain[max(place - 1, 0) : place + 1]
        return place == 0 or len(beside) < 2 or any(map(_isolated, beside))

    def tail(self, low: int, end: int) -> list[Unit]:
        """Return the last units of a stretch that together weigh no more than the overlap."""
        units = list(self.units(low, end))
        if not self.parts_at(low):
            units = units[1:]
        tokens = 0
        for index in range(len(units) - 1, -1, -1):
            tokens += units[index].tokens
            if tokens > self.overlap:
                return units[index + 1 :]
        return units


def _isolated(character: str) -> bool:
    return _ISOLATED.match(character) is not None or unicodedata.category(character)[0] == "P"
