"""Knowing, chunking: the blocks a Markdown text is written in, and the headings above each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from indexing.chunking.pieces import BLANK_LINES, stretches

_LONGEST_TITLE = 200
_STRUCTURE = re.compile(
    r"^ {0,3}(?:(?P<hashes>#{1,6})(?=[ \t\r\n]|\Z)[^\n]*"
    r"|(?P<fence>`{3,}+|~{3,}+)[^\n]*"
    r"|(?P<title>[^\s|>#*+`~-][^\n|]*)\n {0,3}(?P<line>=++|--++)[ \t\r]*$)",
    re.MULTILINE,
)
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
_TABLE = re.compile(r"[^\n]*\n[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*+\|?[ \t\r]*(?:\n|\Z)")


class Kind(Enum):
    """What a block is."""

    HEADING = auto()
    FENCE = auto()
    TABLE = auto()
    LIST = auto()
    TEXT = auto()


class Block(NamedTuple):
    """A stretch of a Markdown text, up to where the next one begins."""

    start: int
    end: int
    kind: Kind
    path: tuple[str, ...]  # the headings it stands under; of a heading: itself included

    @property
    def level(self) -> int:
        """How deep it stands."""
        return len(self.path)


def blocks(text: str) -> Iterator[Block]:
    """Read the blocks in order; together they are the text."""
    at = 0
    above: list[tuple[int, str]] = []
    while found := _STRUCTURE.search(text, at):
        yield from _between(text, at, found.start(), _path(above))
        if found["fence"]:
            at = _end_of_fence(text, found)
            yield Block(found.start(), at, Kind.FENCE, _path(above))
        else:
            at = found.end()
            level, title = _heading(found)
            above = [(higher, name) for higher, name in above if higher < level] + [(level, title)]
            yield Block(found.start(), at, Kind.HEADING, _path(above))
    yield from _between(text, at, len(text), _path(above))


def _between(text: str, start: int, end: int, path: tuple[str, ...]) -> Iterator[Block]:
    for begin, stop in stretches(text, BLANK_LINES, start, end):
        if text[begin:stop].strip():
            first = begin if text[begin] != "\n" else begin + 1
            kind = Kind.TEXT
            if _ITEM.match(text, first):
                kind = Kind.LIST
            elif "|" in text[first:stop] and _TABLE.match(text, first, stop):
                kind = Kind.TABLE
            yield Block(begin, stop, kind, path)


def _heading(found: re.Match[str]) -> tuple[int, str]:
    if found["hashes"]:
        title = found.group().strip().strip("#").strip()
        return len(found["hashes"]), title[:_LONGEST_TITLE]
    return (1 if found["line"][0] == "=" else 2), found["title"].strip()[:_LONGEST_TITLE]


def _path(above: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(name for _, name in above if name)


def _end_of_fence(text: str, opening: re.Match[str]) -> int:
    mark = opening["fence"]
    closing = re.compile(rf"^ {{0,3}}{mark[0]}{{{len(mark)},}}[ \t\r]*$", re.MULTILINE)
    found = closing.search(text, opening.end())
    return found.end() if found else len(text)
