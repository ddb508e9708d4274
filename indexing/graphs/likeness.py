"""Knowing, graphs: whether two names may mean the same, as far as their letters tell; the vectors have the last word.

All of it is a function of two names alone: who else is named in a graph changes nothing about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BEGINNING = 4  # letters of a word that two names share if they mean the same
_FEWEST_LETTERS = 4  # of a name: shorter ones are all alike


def beginnings(key: str) -> set[str]:
    """By what names that may mean the same are found: the beginnings of its longer words."""
    return {word[:BEGINNING] for word in key.split() if len(word) >= BEGINNING and word.isalpha()}


def may_be_same(one: str, other: str) -> bool:
    """Whether two keys have the same numbers, and each word of the shorter one begins alike in the longer one."""
    if one == other or _numbers(one) != _numbers(other) or not beginnings(one) & beginnings(other):
        return False
    short, long = sorted((one.split(), other.split()), key=lambda words: (len(words), words))
    return min(len(one), len(other)) >= _FEWEST_LETTERS and all(_stands_in(word, long) for word in short)


def near(pairs: Sequence[tuple[str, str]], vectors: NDArray[np.float32], least: float) -> Iterator[tuple[str, str]]:
    """Those of some pairs whose vectors, two for each pair in a row, point the same way."""
    import numpy as np  # noqa: PLC0415 - kept out of a server that indexes nothing

    lengths = np.linalg.norm(vectors, axis=1)
    for place, pair in enumerate(pairs):
        one, other = vectors[2 * place], vectors[2 * place + 1]
        if float(one @ other) >= least * float(lengths[2 * place] * lengths[2 * place + 1]):
            yield pair


def _numbers(key: str) -> list[str]:
    return sorted(word for word in key.split() if any(map(str.isdigit, word)))


def _stands_in(word: str, others: Sequence[str]) -> bool:
    return any(word == other or (len(word) >= BEGINNING and word[:BEGINNING] == other[:BEGINNING]) for other in others)
