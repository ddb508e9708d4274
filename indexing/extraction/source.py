"""Knowing, extraction: what a format is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass

from indexing.extraction.limits import Limits
from indexing.extraction.text import ExtractedText


@dataclass(frozen=True, slots=True)
class Source:
    """One file to be read; its name is for people and never opened."""

    data: bytes
    limits: Limits
    language: str | None = None  # of source code


@dataclass(frozen=True, slots=True)
class Reading:
    """The text of a file, and what its owner should know about how it was read."""

    text: ExtractedText
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extraction:
    """A file that has been read."""

    text: ExtractedText
    mime_type: str
    warnings: tuple[str, ...] = ()  # sentences for the file's owner: an encoding guessed, pages without text
