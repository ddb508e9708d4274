"""Knowing, extraction: source code, whose language the router has told."""

from __future__ import annotations

from indexing.extraction.builder import TextBuilder
from indexing.extraction.decoding import decode
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm


def read(source: Source) -> Reading:
    """The code as it is."""
    decoded = decode(source.data)
    builder = TextBuilder(source.limits)
    builder.warnings += decoded.warnings
    builder.write(decoded.text)
    return builder.finish(TextForm.CODE, language=source.language)
