"""Knowing, chunking: one passage of a text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: `text` is the document's text from `start` to `end`, character for character."""

    index: int
    text: str
    start: int
    end: int
    page: int | None
    section: str | None
    tokens: int  # as the embedding model counts them, its own marks left out
