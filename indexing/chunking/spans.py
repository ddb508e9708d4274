"""Knowing, chunking: from the bodies of chunks to the chunks, each beginning with the last words of the one before."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from indexing.chunking.measured import Measured
from indexing.chunking.pieces import LINES, SECTION, SENTENCES, Piece

_INDENT = re.compile(r"[^\S\n]*")
_DEEPEST_INDENT = 200
_CHARACTERS_A_TOKEN = 8  # how far back an overlap is looked for


def _nowhere(_place: int) -> bool:
    return False


class Span(NamedTuple):
    """Where a chunk stands, and the headings above it if the strategy saw them."""

    start: int
    end: int
    section: str | None = None


def spans(
    measured: Measured,
    bodies: Iterable[Piece],
    *,
    whole_lines: Callable[[int], bool] = _nowhere,
    indented: bool = False,
) -> Iterator[Span]:
    """Put the overlap before each body and take white space away around it, but `indented` not before its first word.

    An overlap begins with a sentence if it can, else with a line, else with a word; where `whole_lines`, with a line
    only. No chunk begins before the body of the one before it, and none reaches back over the start of a section.
    """
    before: int | None = None
    for body in bodies:
        start, end = trimmed(measured.text, body.start, body.end, indented=indented)
        if start == end:
            continue
        if before is not None and body.strength < SECTION:
            back = _reaching_back(measured, before, body.start, whole_lines)
            start, end = trimmed(measured.text, back, end, indented=indented)
        yield Span(start, end)
        before = body.start


def trimmed(text: str, start: int, end: int, *, indented: bool = False) -> tuple[int, int]:
    """Leave white space out at both ends; `indented` keeps what stands before the first word on its line."""
    inside = text[start:end].rstrip()
    end = start + len(inside)
    first = end - len(inside.lstrip())
    if indented and first < end:
        line = max(text.rfind("\n", start, first) + 1, start)
        if first - line <= _DEEPEST_INDENT and _INDENT.fullmatch(text, line, first):
            first = line
    return first, end


def _reaching_back(measured: Measured, before: int, start: int, whole_lines: Callable[[int], bool]) -> int:
    if not measured.overlap or not measured.parts_at(start):
        return start
    low = max(before, start - measured.overlap * _CHARACTERS_A_TOKEN)
    ends = [low] if low == before else []
    sentences = [place for place in _after(measured, SENTENCES, low, start) if not whole_lines(place)]
    for places in (ends + sentences, _after(measured, LINES, low, start)):
        # A longer stretch weighs more: the first place that fits is found by halving.
        first = bisect_left(places, -measured.overlap, key=lambda place: -measured.weigh(place, start, measured.size))
        if first < len(places):
            return places[first]
    if whole_lines(start - 1):
        return start
    tail = measured.tail(low, start)
    return next((unit.start for unit in tail if unit.opens), tail[0].start if tail else start)


def _after(measured: Measured, pattern: re.Pattern[str], low: int, start: int) -> list[int]:
    """The places after what matches that have words between them and `start`."""
    last = start - len(measured.text[low:start]) + len(measured.text[low:start].rstrip())
    return [found.end() for found in pattern.finditer(measured.text, low, start) if found.end() < last]
