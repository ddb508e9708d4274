"""Knowing, chunking: whole paragraphs together, sentences where one is too long, words where a sentence is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexing.chunking.measured import Measured
from indexing.chunking.packing import pack
from indexing.chunking.parser import SpanParser
from indexing.chunking.pieces import BLANK_LINES, PARAGRAPH, SECTION, WITHIN, Piece, divided, stretches
from indexing.chunking.places import Places
from indexing.chunking.spans import Span, spans
from indexing.extraction.text import TextForm

_HEADING = re.compile(r"#{1,6} ")


class ParagraphParser(SpanParser):
    """Paragraphs packed by content, so that a change to one of them leaves the chunks around it alone."""

    def _cut(self, measured: Measured) -> Iterator[Span]:
        return spans(measured, pack(measured, _paragraphs(measured)))


def _paragraphs(measured: Measured) -> Iterator[Piece]:
    places = Places(measured.extracted)
    marked = measured.extracted.form is TextForm.MARKDOWN
    section, after_heading = places.section(0), False
    for start, end in stretches(measured.text, BLANK_LINES, 0, len(measured.text)):
        heading = marked and _HEADING.match(measured.text, start) is not None
        under = places.section(start)
        strength = PARAGRAPH
        if heading or under != section:
            strength = SECTION
        elif after_heading:
            strength = WITHIN  # a heading goes with what it is the heading of
        yield from divided(measured, Piece(start, end, 0, strength, measured.room), measured.room)
        section, after_heading = under, heading
