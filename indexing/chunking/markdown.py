"""Knowing, chunking: section by section, with rows and code blocks whole."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from indexing.chunking.blocks import Block, Kind, blocks
from indexing.chunking.measured import Measured
from indexing.chunking.packing import pack
from indexing.chunking.parser import SpanParser
from indexing.chunking.pieces import LINE, PARAGRAPH, PROSE, ROWS, SECTION, SENTENCE, WITHIN, Piece, Tier, divided
from indexing.chunking.spans import Span, spans

_DEEPEST = 6
_SMALL = 2  # sections share a chunk only if together they fill less than half of it
_ITEMS: tuple[Tier, ...] = ((LINE, re.compile(r"\n(?=[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t])")), *PROSE)
_TIERS = {Kind.FENCE: ROWS, Kind.TABLE: ROWS, Kind.LIST: _ITEMS}
_WHOLE_LINES = {Kind.FENCE, Kind.TABLE}


class MarkdownParser(SpanParser):
    """Sections, and within a long one its paragraphs, lists, tables and code blocks; names the headings above."""

    def _cut(self, measured: Measured) -> Iterator[Span]:
        read = list(blocks(measured.text))
        starts = [block.start for block in read]

        def whole_lines(place: int) -> bool:
            index = bisect_right(starts, place) - 1
            return index >= 0 and read[index].kind in _WHOLE_LINES

        found = spans(measured, pack(measured, _pieces(measured, read)), whole_lines=whole_lines, indented=True)
        for span in found:
            within = read[max(0, bisect_right(starts, span.start) - 1) : bisect_right(starts, span.end - 1)]
            yield span._replace(section=_section(within))


def _pieces(measured: Measured, read: Sequence[Block]) -> Iterator[Piece]:
    before: Block | None = None
    taken = 0  # by the headings a block is to stand under in its chunk
    full = measured.room
    for block in read:
        strength = _strength(block, before)
        most = full // _SMALL if strength >= SECTION else full
        whole = Piece(block.start, block.end, 0, strength, most)
        pieces: Iterable[Piece] = divided(measured, whole, max(full - taken, full // 2), _TIERS.get(block.kind, PROSE))
        if block.kind is Kind.HEADING:
            pieces = list(pieces)
            taken += sum(piece.tokens for piece in pieces)
        else:
            taken = 0
        yield from pieces
        before = block


def _strength(block: Block, before: Block | None) -> int:
    if before is not None and before.kind is Kind.HEADING:
        return WITHIN  # a heading goes with what it is the heading of
    if block.kind is Kind.HEADING:
        return SECTION + max(0, _DEEPEST - block.level)
    if before is not None and before.kind is block.kind is Kind.LIST:
        return SENTENCE
    return PARAGRAPH


def _section(within: Sequence[Block]) -> str | None:
    """Name the headings that all of it stands under; a heading alone stands for what follows it."""
    told = [block.path for block in within if block.kind is not Kind.HEADING] or [block.path for block in within[-1:]]
    paths = list(dict.fromkeys(told))
    if len(paths) > 1:
        paths = [tuple(names[0] for names in takewhile(_alike, zip(*paths, strict=False)))]
    return " > ".join(paths[0]) or None if paths else None


def _alike(names: tuple[str, ...]) -> bool:
    return len(set(names)) == 1
