"""Knowing, chunking: a whole text as a row of units, so that a window of tokens is found by halving."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from itertools import accumulate, islice

from app.inference.counting import LARGEST_ATOM, LONGEST_WORD
from indexing.chunking.measured import WORD, Measured

_AT_ONCE = 256


@dataclass(slots=True)
class Row:
    """Units side by side: where they start and end, what the text weighs up to each, and which begin a word."""

    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    sums: array[int] = field(default_factory=lambda: array("q", [0]))
    opens: bytearray = field(default_factory=bytearray)

    @classmethod
    def of(cls, measured: Measured) -> Row:
        """Take a text apart."""
        row = cls()
        words = WORD.finditer(measured.plain)
        while batch := [found.span() for found in islice(words, _AT_ONCE)]:
            said = [measured.plain[start:end] for start, end in batch]
            weights = measured.counter.weights(said) if max(map(len, said)) <= LONGEST_WORD else [LARGEST_ATOM + 1]
            if max(weights) <= LARGEST_ATOM:
                starts, ends = zip(*batch, strict=True)
                row._extend(starts, ends, weights, bytes([True]) * len(batch))
            else:
                units = list(measured.units(batch[0][0], batch[-1][1]))
                starts, ends, tokens, opens = zip(*units, strict=True)
                row._extend(starts, ends, tokens, bytes(opens))
        return row

    def _extend(
        self, starts: tuple[int, ...], ends: tuple[int, ...], weights: list[int] | tuple[int, ...], opens: bytes
    ) -> None:
        self.starts.extend(starts)
        self.ends.extend(ends)
        before = self.sums.pop()
        self.sums.extend(accumulate(weights, initial=before))
        self.opens += opens
