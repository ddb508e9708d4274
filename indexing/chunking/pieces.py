"""Knowing, chunking: the pieces a text falls into at its seams, each small enough to be a chunk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from indexing.chunking.measured import MOST_CHARACTERS_A_TOKEN, Measured

# How strongly the place before a piece asks to be a boundary between chunks: pieces grow together weakest seam first.
WITHIN, LINE, SENTENCE, PARAGRAPH, SECTION = range(5)

Tier = tuple[int, re.Pattern[str]]
BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
LINES = re.compile(r"\n")
# Possessive, and begun only where a run of marks begins: linear, whatever the text.
_CLOSING = "\"'”’»)\\]"  # noqa: RUF001 - as they are written
_FULL_STOPS = "。！？｡"  # noqa: RUF001 - as they are written
SENTENCES = re.compile(
    rf"(?<![.!?…])[.!?…]++[{_CLOSING}]*+\s++(?![a-z])|(?<![{_FULL_STOPS}])[{_FULL_STOPS}]++[{_CLOSING}」』）]*+"  # noqa: RUF001
)
PROSE: tuple[Tier, ...] = ((SENTENCE, SENTENCES), (LINE, LINES))
ROWS: tuple[Tier, ...] = ((LINE, LINES),)


class Piece(NamedTuple):
    """A stretch of the text that is not cut any further, up to where the next one begins."""

    start: int
    end: int
    tokens: int
    strength: int  # of the seam before it
    most: int  # the tokens of the largest chunk that may reach across that seam


def stretches(text: str, pattern: re.Pattern[str], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut after everything that matches, but make no stretch of white space alone."""
    at = looked = start
    for found in pattern.finditer(text, start, end):
        place = found.end()
        if looked < place < end and not text[looked:place].isspace():
            yield at, place
            at = looked = place
        elif looked < place:
            looked = place
    if at < end:
        yield at, end


def divided(measured: Measured, whole: Piece, room: int, tiers: Sequence[Tier] = PROSE) -> Iterator[Piece]:
    """Take a stretch apart if it has no room: at the first tier's seams, then the next one's, at last between words."""
    weight = measured.weigh(whole.start, whole.end, room)
    if weight <= room:
        yield Piece(whole.start, whole.end, weight, whole.strength, whole.most)
    elif not tiers:
        yield from _runs_of_words(measured, whole, room)
    else:
        strength, pattern = tiers[0]
        inner = Piece(0, 0, 0, strength, measured.room)
        for start, end in stretches(measured.text, pattern, whole.start, whole.end):
            seam = whole if start == whole.start else inner
            part = Piece(start, end, 0, seam.strength, seam.most)
            yield from divided(measured, part, room, tiers[1:])


def _runs_of_words(measured: Measured, whole: Piece, room: int) -> Iterator[Piece]:
    start, tokens, seam = whole.start, 0, whole
    for unit in measured.units(whole.start, whole.end):
        if tokens + unit.tokens > room or unit.end - start > room * MOST_CHARACTERS_A_TOKEN:
            yield seam._replace(start=start, end=unit.start, tokens=tokens)
            start, tokens, seam = unit.start, 0, Piece(0, 0, 0, WITHIN, measured.room)
        tokens += unit.tokens
    yield seam._replace(start=start, end=whole.end, tokens=tokens)
