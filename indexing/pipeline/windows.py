"""Knowing, pipeline: a very long text cut in windows, so that no more of it is worked on at once than of any other."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from zlib import crc32

from indexing.extraction.text import ExtractedText, Place

LONGEST = 1_000_000  # characters; the most that is cut at once
_ONE_IN = 64  # paragraphs: where windows end depends on words, so that an edit moves few of the ends after it
_HEAD = 48
_SEAMS = (re.compile(r"\n[^\S\n]*\n\s*"), re.compile(r"\n"), re.compile(r"\s"))


def windows(extracted: ExtractedText, *, longest: int = LONGEST) -> Iterator[tuple[int, ExtractedText]]:
    """Where each window starts, and the window as a text of its own with its places; most texts are a single one."""
    if len(extracted.text) <= longest:
        yield 0, extracted
        return
    starts = [place.start for place in extracted.places]
    ends = [place.end for place in extracted.places]
    start = 0
    while start < len(extracted.text):
        end = _end(extracted.text, start, longest)
        held = extracted.places[bisect_right(ends, start) : bisect_left(starts, end)]
        places = tuple(_moved(place, start, end) for place in held)
        yield start, replace(extracted, text=extracted.text[start:end], places=places)
        start = end


def _end(text: str, start: int, longest: int) -> int:
    """The first paragraph of the second half that its own words choose; else the last one, line or word of it."""
    if len(text) - start <= longest:
        return len(text)
    low, high = start + longest // 2, start + longest
    last = None
    for found in _SEAMS[0].finditer(text, low, high):
        last = found.end()
        if crc32(text[last : last + _HEAD].encode(errors="surrogatepass")) % _ONE_IN == 0:
            return last
    for seam in _SEAMS[1:]:
        if last is not None:
            return last
        for found in seam.finditer(text, high - longest // 8, high):
            last = found.end()
    return last or high


def _moved(place: Place, start: int, end: int) -> Place:
    return replace(place, start=max(place.start, start) - start, end=min(place.end, end) - start)
