"""Knowing, chunking: source code by what is defined in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from indexing.chunking.measured import Measured
from indexing.chunking.packing import pack
from indexing.chunking.parser import SpanParser
from indexing.chunking.pieces import LINE, PARAGRAPH, ROWS, SECTION, WITHIN, Piece, Tier, divided
from indexing.chunking.spans import Span, spans
from indexing.chunking.syntax import tree

if TYPE_CHECKING:
    from tree_sitter import Node

_DEEPEST = 24  # what is nested deeper is cut by lines
_UNINDENTED = re.compile(r"\n[^\S\n]*\n\s*(?=^\S)", re.MULTILINE)
_BY_LINES: tuple[Tier, ...] = ((PARAGRAPH, _UNINDENTED), *ROWS)


class CodeParser(SpanParser):
    """Whole definitions, members of those that are too long, lines of what no grammar can read."""

    def _cut(self, measured: Measured) -> Iterator[Span]:
        root = tree(measured.text, measured.extracted.language)
        whole = Piece(0, len(measured.text), 0, SECTION, measured.room)
        pieces = _definitions(measured, root, whole, 0) if root else divided(measured, whole, measured.room, _BY_LINES)
        return spans(measured, pack(measured, pieces), whole_lines=_everywhere, indented=True)


def _everywhere(_place: int) -> bool:
    return True


def _definitions(measured: Measured, node: Node, whole: Piece, depth: int) -> Iterator[Piece]:
    """Give a stretch whole if it has room, else what each child of its node covers, from line to line."""
    weight = measured.weigh(whole.start, whole.end, measured.room)
    if weight <= measured.room:
        yield whole._replace(tokens=weight)
        return
    parts = list(_parts(node, whole))
    if depth >= _DEEPEST or not parts:
        yield from divided(measured, whole, measured.room, ROWS)
        return
    comment = False
    for start, end, child in parts:
        strength = WITHIN if comment else max(SECTION - depth, LINE)
        seam = whole if start == whole.start else Piece(0, 0, 0, strength, measured.room)
        yield from _definitions(measured, child, seam._replace(start=start, end=end), depth + 1)
        # A comment goes with what it is said of, if no empty line stands between.
        comment = "comment" in child.type and not _UNINDENTED.search(measured.text, start, end)


def _parts(node: Node, whole: Piece) -> Iterator[tuple[int, int, Node]]:
    """Share a stretch out among the children that begin a line of their own."""
    start, owner = whole.start, node
    found = False
    for child in node.children:
        line = (child.start_byte - child.start_point.column) // 2
        if not found:
            owner, found = child, True
        elif whole.start < line < whole.end and line > start:
            yield start, line, owner
            start, owner = line, child
        elif child.end_byte > owner.end_byte and child.end_byte - child.start_byte > owner.end_byte - owner.start_byte:
            owner = child
    if found:
        yield start, whole.end, owner
