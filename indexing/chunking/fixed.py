"""Knowing, chunking: windows of equally many tokens, whatever the text says."""

from __future__ import annotations

from collections.abc import Iterator

from indexing.chunking.measured import Measured, Unit
from indexing.chunking.parser import SpanParser
from indexing.chunking.spans import Span, trimmed

_GIVEN_UP = 4  # a quarter of a window at most stays empty so that it ends after a whole word


class FixedParser(SpanParser):
    """As many whole words as a chunk has room for, then on from the overlap."""

    def _cut(self, measured: Measured) -> Iterator[Span]:
        for window in _windows(measured):
            start, end = trimmed(measured.text, window[0].start, window[-1].end)
            if start < end:
                yield Span(start, end)


def _windows(measured: Measured) -> Iterator[list[Unit]]:
    window: list[Unit] = []
    tokens = fresh = 0  # fresh: the first unit that was in no window before
    for unit in measured.units(0, len(measured.text)):
        while window and tokens + unit.tokens > measured.size:
            end = _end(window, fresh, measured.size)
            yield window[:end]
            room = measured.size - _sum(window[end:]) - unit.tokens
            first = _overlap(window[:end], min(measured.overlap, room))
            window, fresh = window[first:], end - first
            tokens = _sum(window)
        window.append(unit)
        tokens += unit.tokens
    if window:
        yield window


def _end(window: list[Unit], fresh: int, size: int) -> int:
    """How many units of a full window belong to it: all, or those before a long word that would be torn."""
    given_up = 0
    for index in range(len(window) - 1, fresh, -1):
        given_up += window[index].tokens
        if given_up * _GIVEN_UP > size:
            break
        if window[index].opens:
            return index
    return len(window)


def _overlap(window: list[Unit], overlap: int) -> int:
    """Return the first unit of the window that the next one repeats, a beginning of a word if there is one."""
    tokens, first, opening = 0, len(window), len(window)
    for index in range(len(window) - 1, 0, -1):
        tokens += window[index].tokens
        if tokens > overlap:
            break
        first = index
        if window[index].opens:
            opening = index
    return opening if opening < len(window) else first


def _sum(units: list[Unit]) -> int:
    return sum(unit.tokens for unit in units)
