"""Knowing, extraction: a text with marks between its pages, without the marks and knowing its pages; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from indexing.extraction.text import ExtractedText, Place

MARK = "<!-- page break -->"


def paged(marked: ExtractedText, *, numbered: bool) -> ExtractedText:
    """Take the marks out; each place lies on one page after that, which has a number if that is wanted."""
    places: list[Place] = []
    began = moved = 0
    parts = marked.text.split(MARK)
    for number, part in enumerate(parts, start=1):
        for place in _within(marked.places, began, began + len(part)):
            page = number if numbered else place.page
            places.append(replace(place, start=place.start - moved, end=place.end - moved, page=page))
        began += len(part) + len(MARK)
        moved += len(MARK)
    return replace(marked, text="".join(parts), places=tuple(places))


def _within(places: tuple[Place, ...], start: int, end: int) -> Iterator[Place]:
    """The places of a stretch, cut at its ends; what is in none of them is in one without a section."""
    for place in places:
        if start >= end or place.end <= start or place.start >= end:
            continue
        if place.start > start:
            yield Place(start, place.start)
        yield replace(place, start=max(start, place.start), end=min(end, place.end))
        start = min(end, place.end)
    if start < end:
        yield Place(start, end)
