"""Knowing, extraction: building a text block by block while keeping where each stood."""

from __future__ import annotations

from indexing.extraction.errors import FileHasNoText, FileTooComplex
from indexing.extraction.limits import Limits
from indexing.extraction.outline import HeadingPath, headings
from indexing.extraction.source import Reading
from indexing.extraction.text import ExtractedText, Place, TextForm

BLANK_LINE = "\n\n"


class TextBuilder:
    """A text that grows; pages and headings are remembered by the character they begin at."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._page: int | None = None
        self._pages = 0
        self._path = HeadingPath()
        self._marks: list[tuple[int, int | None, str | None]] = [(0, None, None)]
        self.warnings: list[str] = []

    def begin_page(self, number: int, *, afresh: bool = False) -> None:
        """Whatever is written next stands on this page; `afresh` ends the headings of the page before."""
        self._pages += 1
        if self._pages > self._limits.pages:
            raise FileTooComplex(f"It has more than {self._limits.pages} pages.")
        self._page = number
        if afresh:
            self._path.leave()

    def enter(self, level: int, title: str) -> None:
        """Whatever is written next stands under this heading, which itself is not written."""
        self._path.enter(level, title)

    def heading(self, level: int, title: str) -> None:
        """Write a heading as Markdown does."""
        if title := " ".join(title.split()):
            level = min(max(level, 1), 6)
            self.enter(level, title)
            self.write(f"{'#' * level} {title}")

    def markdown(self, text: str) -> None:
        """Write Markdown as it stands; its own headings are kept."""
        if not text or text.isspace():
            return
        self._mark(BLANK_LINE)
        cut = 0
        for heading in headings(text):
            self._append(text[cut : heading.start])
            cut = heading.start
            self.enter(heading.level, heading.title)
            self._mark()
        self._append(text[cut:])

    def write(self, block: str, *, joint: str = BLANK_LINE) -> None:
        """Write a block, apart from the one before."""
        if block and not block.isspace():
            self._mark(joint)
            self._append(block)

    def finish(self, form: TextForm, *, title: str | None = None, language: str | None = None) -> Reading:
        """The whole text with its places; a text without a visible character is refused."""
        text = "".join(self._parts)
        if not text:
            raise FileHasNoText("No text was found in it.")
        ends = [start for start, _, _ in self._marks[1:]] + [self._length]
        places = tuple(
            Place(start, end, page, section)
            for (start, page, section), end in zip(self._marks, ends, strict=True)
            if end > start
        )
        title = " ".join(title.split())[:500] if title else None
        return Reading(ExtractedText(text, places, form, language, title or None), tuple(self.warnings))

    def _mark(self, joint: str = "") -> None:
        if self._length:
            self._append(joint)
        here = (self._page, self._path.said())
        if here != self._marks[-1][1:]:
            self._marks.append((self._length, *here))

    def _append(self, part: str) -> None:
        self._length += len(part)
        if self._length > self._limits.characters:
            raise FileTooComplex(f"It holds more than {self._limits.characters} characters of text.")
        self._parts.append(part)
