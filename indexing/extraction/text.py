"""Knowing, extraction: a text as it was read out of a file, and where each piece of it stood."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TextForm(StrEnum):
    """How a text is built, which decides how it may be cut."""

    PROSE = "prose"
    MARKDOWN = "markdown"  # headings, lists, tables and code blocks are written as Markdown writes them
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stretch of the text stood in the file: characters `start` to `end` of the text."""

    start: int
    end: int
    page: int | None = None  # from 1; a slide or sheet counts as a page
    section: str | None = None  # the heading it stands under, or the name of a sheet


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """All the text of a file; the places lie in order and do not overlap."""

    text: str
    places: tuple[Place, ...]
    form: TextForm = TextForm.PROSE
    language: str | None = None  # of source code
    title: str | None = None
