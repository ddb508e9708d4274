"""Knowing, chunking: source code by what is defined in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from indexing.chunking.measured import Measured
from indexing.chunking.packing import pack
from indexing.chunking.parser import SpanParser
from indexing.chunking.pieces import (
    BLANK_LINES,
    LINE,
    PARAGRAPH,
    ROWS,
    SECTION,
    SENTENCE,
    WITHIN,
    Piece,
    Tier,
    divided,
    stretches,
)
from indexing.chunking.spans import Span, spans
from indexing.chunking.syntax import tree

if TYPE_CHECKING:
    from tree_sitter import Node

_DEEPEST = 24  # what is nested deeper is cut by lines
_AT_ONCE = 50_000  # characters parsed together, and then on to where a line begins unindented after an empty one
_MOST_UNREAD = 3  # such stretches without a tree; after that nothing is parsed any more
_HEAD = 4  # the first lines of a definition go with its body if they fill less than a quarter of a chunk
_UNINDENTED = re.compile(r"\n[^\S\n]*\n\s*(?=^\S)", re.MULTILINE)
_BY_LINES: tuple[Tier, ...] = ((PARAGRAPH, _UNINDENTED), (SENTENCE, BLANK_LINES), *ROWS)


class CodeParser(SpanParser):
    """Whole definitions, members of those that are too long, lines of what no grammar can read."""

    def _cut(self, measured: Measured) -> Iterator[Span]:
        return spans(measured, pack(measured, _pieces(measured)), whole_lines=_everywhere, indented=True)


def _everywhere(_place: int) -> bool:
    return True


def _pieces(measured: Measured) -> Iterator[Piece]:
    unread = 0
    for start, end in _together(measured.text):
        whole = Piece(start, end, 0, SECTION, measured.room)
        root = tree(measured.text[start:end], measured.extracted.language) if unread < _MOST_UNREAD else None
        if root is None:
            unread += 1
            yield from divided(measured, whole, measured.room, _BY_LINES)
        else:
            yield from _definitions(measured, (root, start), whole, measured.room, 0)


def _together(text: str) -> Iterator[tuple[int, int]]:
    first = 0
    for _, end in stretches(text, _UNINDENTED, 0, len(text)):
        if end - first >= _AT_ONCE or end == len(text):
            yield first, end
            first = end


def _definitions(measured: Measured, placed: tuple[Node, int], whole: Piece, room: int, depth: int) -> Iterator[Piece]:
    """Give a stretch whole if it has room, else what each child of its node covers, from line to line."""
    weight = measured.weigh(whole.start, whole.end, room)
    if weight <= room:
        yield whole._replace(tokens=weight)
        return
    parts = list(_parts(placed, whole))
    if depth >= _DEEPEST or not parts:
        yield from divided(measured, whole, room, ROWS)
        return
    joins = False
    for start, end, child in parts:
        seam = Piece(0, 0, 0, WITHIN if joins else max(SECTION - depth, LINE), measured.room)
        seam = whole if start == whole.start else seam
        yield from _definitions(measured, (child, placed[1]), seam._replace(start=start, end=end), room, depth + 1)
        # A comment goes with what it is said of, if no empty line stands between.
        joins = "comment" in child.type and not _UNINDENTED.search(measured.text, start, end)
        if depth and start == whole.start and len(parts) > 1:
            head = measured.weigh(start, end, room)
            joins = head * _HEAD < measured.room
            room -= head if joins else 0


def _parts(placed: tuple[Node, int], whole: Piece) -> Iterator[tuple[int, int, Node]]:
    """Share a stretch out among the children that begin a line of their own."""
    node, offset = placed
    start, owner = whole.start, node
    found = False
    for child in node.children:
        line = offset + (child.start_byte - child.start_point.column) // 2
        if not found:
            owner, found = child, True
        elif whole.start < line < whole.end and line > start:
            yield start, line, owner
            start, owner = line, child
        elif child.end_byte > owner.end_byte and child.end_byte - child.start_byte > owner.end_byte - owner.start_byte:
            owner = child
    if found:
        yield start, whole.end, owner
