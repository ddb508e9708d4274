"""Knowing, chunking: windows of equally many tokens, whatever the text says."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from indexing.chunking.measured import MOST_CHARACTERS_A_TOKEN, Measured
from indexing.chunking.parser import SpanParser
from indexing.chunking.row import Row
from indexing.chunking.spans import Span, trimmed

_GIVEN_UP = 4  # a quarter of a window at most stays empty so that it ends after a whole word


class FixedParser(SpanParser):
    """As many whole words as a chunk has room for, then on from the overlap."""

    def _cut(self, measured: Measured) -> Iterator[Span]:
        row = Row.of(measured)
        for first, end in _windows(row, measured.size, measured.overlap):
            span = trimmed(measured.text, row.starts[first], row.ends[end - 1])
            if span[0] < span[1]:
                yield Span(*span)


def _windows(row: Row, size: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Name each window's first unit and the one after its last; the next begins a word again, if it can."""
    count = len(row.starts)
    first = fresh = 0  # fresh: the first unit that was in no window before
    while fresh < count:
        reach = size * MOST_CHARACTERS_A_TOKEN
        if row.ends[fresh] - row.starts[first] > reach:
            first = fresh
        end = bisect_right(row.sums, row.sums[first] + size, fresh + 1) - 1
        end = min(end, max(fresh + 1, bisect_right(row.ends, row.starts[first] + reach, fresh)))
        if end < count:
            lowest = bisect_left(row.sums, row.sums[end] - size // _GIVEN_UP, fresh + 1, end)
            whole = row.opens.rfind(True, lowest, end + 1)
            end = whole if whole > 0 else end
        yield first, end
        earliest = bisect_left(row.sums, row.sums[end] - overlap, first + 1, end)
        opening = row.opens.find(True, earliest, end)
        first, fresh = (opening if opening >= 0 else earliest), end
