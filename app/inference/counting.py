"""Ground floor, inference: how many tokens a text is to an embedding model, without asking the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

LONGEST_WORD = 48  # characters; what is longer (addresses, base64, languages without spaces) is weighed in parts
LARGEST_ATOM = 32  # tokens of the largest part that is never cut
LONGEST_KEPT = 160  # characters of a word whose weight is kept
MOST_KNOWN = 200_000  # words whose weights are kept: some 20 MB
_AT_ONCE = 1_024

# Control characters that are white space to Python and nothing at all to a tokenizer, and halves of surrogate pairs.
_STRANGE = re.compile("[\x0b\x0c\x1c-\x1f\x85\ud800-\udfff]")
_ZERO_WIDTH = "\u200b"
_IDEOGRAPH = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b81f"
_PART = re.compile(rf"[!-/:-@\[-`{{-~{_IDEOGRAPH}]|[^\s!-/:-@\[-`{{-~{_IDEOGRAPH}]+")
_CLUSTER = re.compile(
    "(?s:.)(?:[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0900-\u0903\u093a-\u094f"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]|\u200d(?s:.)?)*"
)
_RUN = re.compile("[A-Z]?[a-z]+|[^A-Za-z]|[A-Z]")


class TokenCounter(Protocol):
    """Counts as one embedding model does; its tokens never reach across white space."""

    @property
    def exact(self) -> bool:
        """Whether it counts, or estimates on the safe side."""

    def count(self, text: str) -> int:
        """Count the tokens of a text on its own, the marks a model sets around it left out."""

    def weigh(self, text: str) -> int:
        """Sum the weights of a text's words: its count, or more where a word is long; `text` is countable."""

    def weights(self, words: Sequence[str]) -> list[int]:
        """Weigh words one by one."""

    def atoms(self, word: str) -> Iterator[tuple[int, int]]:
        """Take a word apart: characters and weight of each part. Parts in a row never count more than they weigh."""


def countable(text: str) -> str:
    """Say the same to a tokenizer, in as many characters, with the white space of Python and of tokenizers agreeing."""
    return _STRANGE.sub(lambda found: "?" if found.group() >= "\ud800" else _ZERO_WIDTH, text)


class WordCounter:
    """Counts word by word and remembers what it counted: a text is then a sum of known words."""

    def __init__(
        self, lengths: Callable[[Sequence[str]], list[int]], *, exact: bool, marks: Sequence[str] = ()
    ) -> None:
        self._lengths = lengths
        self._known: dict[str, int] = {}
        self._exact = exact
        self._marks = marks  # what the model takes for one token in spite of the punctuation in it

    @property
    def exact(self) -> bool:
        """Whether the lengths are the model's own."""
        return self._exact

    def count(self, text: str) -> int:
        """Count the tokens of a text on its own; do not ask it of a whole book."""
        words = countable(text).split()
        try:
            return sum(map(self._known.__getitem__, words))
        except KeyError:
            if any(mark in text for mark in self._marks):
                return sum(self._lengths(words))
        return sum(self._known.get(word) or self._count_long(word) for word in words)

    def weigh(self, text: str) -> int:
        """Sum the weights of a text's words."""
        return self._sum(text.split())

    def weights(self, words: Sequence[str]) -> list[int]:
        """Weigh words one by one."""
        try:
            return list(map(self._known.__getitem__, words))
        except KeyError:
            return self._learn(words)

    def atoms(self, word: str) -> Iterator[tuple[int, int]]:
        """Take a word apart at punctuation and ideographs, and what is long even so every few characters."""
        found = _PART.finditer(word)
        while parts := [part.group() for part in islice(found, _AT_ONCE)]:
            for part, weight in zip(parts, self.weights(parts), strict=True):
                if weight <= LARGEST_ATOM:
                    yield len(part), weight
                else:
                    yield from _slices(part)

    def _sum(self, words: Sequence[str]) -> int:
        try:
            return sum(map(self._known.__getitem__, words))
        except KeyError:
            return sum(self._learn(words))

    def _learn(self, words: Sequence[str]) -> list[int]:
        known = self._known
        if len(known) > MOST_KNOWN:
            known = self._known = {}  # another thread goes on with the old one
        fresh = [word for word in dict.fromkeys(words) if word not in known]
        short = [word for word in fresh if len(word) <= LONGEST_WORD]
        known.update(zip(short, self._lengths(short), strict=True))
        long = {word: self._weigh_long(word) for word in fresh if len(word) > LONGEST_WORD}
        known.update((word, weight) for word, weight in long.items() if self._keeps(word))
        return [long[word] if word in long else known[word] for word in words]

    def _keeps(self, word: str) -> bool:
        """Whether a long word's weight is its count, and it may come again."""
        plain = all(len(part) <= LONGEST_WORD for part in _PART.findall(word)) if len(word) <= LONGEST_KEPT else False
        return plain and not any(mark in word for mark in self._marks)

    def _count_long(self, word: str) -> int:
        parts = _PART.findall(word)
        long = [part for part in parts if len(part) > LONGEST_WORD]
        return self._sum([part for part in parts if len(part) <= LONGEST_WORD]) + sum(self._lengths(long))

    def _weigh_long(self, word: str) -> int:
        parts = _PART.findall(word)
        long = [part for part in parts if len(part) > LONGEST_WORD]
        return self._sum([part for part in parts if len(part) <= LONGEST_WORD]) + sum(map(_bytes, long))


class TokenCounters:
    """The counters of the models whose vocabulary is at hand; the others are estimated."""

    def __init__(self, known: Mapping[tuple[str, str], TokenCounter]) -> None:
        self._known = known  # by type of provider and the model's name there
        self._estimate = WordCounter(estimated_lengths, exact=False)

    def of(self, provider_type: str, upstream_model: str) -> TokenCounter:
        """Return the counter of one model."""
        return self._known.get((provider_type, upstream_model), self._estimate)


def estimated_lengths(words: Sequence[str]) -> list[int]:
    """Guess on the safe side: a token for four small letters, for every other character one, beyond Latin up to three.

    Any cut of a word weighs at least as much as the word, so a sum of parts never promises too much room.
    """
    return [sum(map(_run_length, _RUN.findall(word))) for word in words]


def _run_length(run: str) -> int:
    if run.isascii():
        return (len(run) + 3) // 4
    return max(1, _bytes(run) - 1)


def _slices(part: str) -> Iterator[tuple[int, int]]:
    """Cut every few bytes, never within what is drawn as one sign unless that alone is too large."""
    if part.isascii():
        for start in range(0, len(part), LARGEST_ATOM):
            size = min(LARGEST_ATOM, len(part) - start)
            yield size, size
        return
    length = weight = 0
    for found in _CLUSTER.finditer(part):
        for sign in [found.group()] if _bytes(found.group()) <= LARGEST_ATOM else found.group():
            size = _bytes(sign)
            if weight + size > LARGEST_ATOM:
                yield length, weight
                length = weight = 0
            length += len(sign)
            weight += size
    if length:
        yield length, weight


def _bytes(text: str) -> int:
    return len(text.encode())
