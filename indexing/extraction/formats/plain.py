"""Knowing, extraction: plain text of any encoding."""

from __future__ import annotations

from indexing.extraction.builder import TextBuilder
from indexing.extraction.decoding import decode
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm


def read(source: Source) -> Reading:
    """The text as it is."""
    decoded = decode(source.data)
    builder = TextBuilder(source.limits)
    builder.warnings += decoded.warnings
    builder.write(decoded.text)
    return builder.finish(TextForm.PROSE)
