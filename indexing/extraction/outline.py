"""Knowing, extraction: the headings of a Markdown text, and the path of headings a passage stands under."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

JOINT = " \u203a "
_LONGEST_TITLE = 120
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:(?!---[ \t]*$|\.\.\.[ \t]*$).*\n)*?(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_MARKED = r"^ {0,3}(?:(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)|(?P<marks>\#{1,6})[ \t]+(?P<title>[^\n]{1,1000})"
_UNDERLINED = re.compile(r"\n {0,3}(?:=+|-+)[ \t]*$", re.MULTILINE)
_LINES = re.compile(rf"{_MARKED})", re.MULTILINE)
_LINES_AND_UNDERLINES = re.compile(
    _MARKED + r"|(?P<above>[^\s>|\#\-+*=`~<\d][^\n]{0,300})\n {0,3}(?P<rule>=+|-+)[ \t]*$)",
    re.MULTILINE,
)
_CLOSING = re.compile(r"[ \t]+#+[ \t]*$")
_DECORATION = re.compile(r"[*_`]{1,3}(?=\S)(.+?)(?<=\S)[*_`]{1,3}")
_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,1000}\)")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and where its line begins."""

    start: int
    level: int
    title: str


@dataclass(slots=True)
class HeadingPath:
    """The headings that a passage stands under, outermost first."""

    _open: list[tuple[int, str]] = field(default_factory=list)

    def enter(self, level: int, title: str) -> str | None:
        """Pass a heading; answer the path from here on."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        if short := " ".join(title.split())[:_LONGEST_TITLE].strip():
            self._open.append((level, short))
        return self.said()

    def leave(self) -> None:
        """Stand under no heading again."""
        self._open.clear()

    def said(self) -> str | None:
        """The path as people read it."""
        return JOINT.join(title for _, title in self._open) or None


def headings(text: str) -> Iterator[Heading]:
    """Every heading outside code blocks, in order."""
    fence = ""
    front = _FRONT_MATTER.match(text)
    lines = _LINES_AND_UNDERLINES if _UNDERLINED.search(text) else _LINES
    for found in lines.finditer(text, front.end() if front else 0):
        if mark := found["fence"]:
            fence = _fence_after(fence, mark, found["info"])
        elif not fence:
            yield _heading(found)


def _fence_after(fence: str, mark: str, info: str) -> str:
    """What code block is open after a line of fence marks."""
    if not fence:
        return "" if mark[0] == "`" and "`" in info else mark
    closes = mark[0] == fence[0] and len(mark) >= len(fence) and not info.strip()
    return "" if closes else fence


def _heading(found: re.Match[str]) -> Heading:
    if found["marks"]:
        return Heading(found.start(), len(found["marks"]), _spoken(_CLOSING.sub("", found["title"])))
    return Heading(found.start(), 1 if found["rule"][0] == "=" else 2, _spoken(found["above"]))


def _spoken(title: str) -> str:
    return _DECORATION.sub(r"\1", _LINK.sub(r"\1", title)).replace("\\", "").strip()
