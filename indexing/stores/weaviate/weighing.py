"""Knowing, stores: BM25 among what is asked about in a Weaviate class, reckoned from that alone; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import log1p

from indexing.stores.vectors import Hit

_SATURATION, _BY_LENGTH = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Holder:
    """A chunk that holds words of a question: how often each, in any of its forms, and of how many words it is."""

    chunk_id: str
    document_id: str
    times: Mapping[str, int]
    length: int


@dataclass(frozen=True, slots=True)
class Extent:
    """How many chunks something is, and of how many words they are together."""

    chunks: int = 0
    words: int = 0

    def __add__(self, other: Extent) -> Extent:
        return Extent(self.chunks + other.chunks, self.words + other.words)

    def __sub__(self, other: Extent) -> Extent:
        return Extent(self.chunks - other.chunks, self.words - other.words)


def brought_back(holder: Holder, words_of: Mapping[str, Collection[str]]) -> Holder:
    """The same with words in place of their forms; what has one form in a language may be several words in another."""
    times: Counter[str] = Counter()
    for form, often in holder.times.items():
        times.update(dict.fromkeys(words_of[form], often))
    return replace(holder, times=times)


def counted(holders: Iterable[Holder]) -> Counter[str]:
    """How many of these hold each word."""
    return Counter(word for holder in holders for word in holder.times)


def weighed(holders: Collection[Holder], held_by: Mapping[str, int], extent: Extent) -> list[Hit]:
    """These chunks by BM25 as a share of the most it could be, best first; so many in scope hold each word.

    A word that nobody holds counts too: of a question that says much else, little has been found.
    """
    count = max(extent.chunks, max(held_by.values(), default=0))
    average = max(extent.words / max(extent.chunks, 1), 1.0)
    rarity = {word: log1p((count - chunks + 0.5) / (chunks + 0.5)) for word, chunks in held_by.items()}
    most = sum(rarity.values()) or 1.0

    def score(holder: Holder) -> float:
        room = _SATURATION * (1 - _BY_LENGTH + _BY_LENGTH * holder.length / average)
        said = sorted(holder.times.items())  # sums of the same numbers in another order are other numbers
        return sum(rarity[word] * times / (times + room) for word, times in said) / most

    hits = [Hit(holder.chunk_id, holder.document_id, score(holder)) for holder in holders]
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))
