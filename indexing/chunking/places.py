"""Knowing, chunking: on which page and under which heading a character of the text stood."""

from __future__ import annotations

from bisect import bisect_right

from indexing.extraction.text import ExtractedText, Place


class Places:
    """The places of a text, asked by character."""

    def __init__(self, extracted: ExtractedText) -> None:
        self._places = extracted.places
        self._starts = [place.start for place in extracted.places]

    def at(self, character: int) -> Place | None:
        """The place a character lies in."""
        index = bisect_right(self._starts, character) - 1
        return self._places[index] if index >= 0 and character < self._places[index].end else None

    def section(self, character: int) -> str | None:
        """The heading a character stands under."""
        place = self.at(character)
        return place.section if place else None
