"""Knowing, extraction: Markdown, kept as it is, each part under its headings."""

from __future__ import annotations

import re

from indexing.extraction.builder import TextBuilder
from indexing.extraction.decoding import decode
from indexing.extraction.outline import headings
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm

_TITLE = re.compile(
    r"---[ \t]*\n(?:(?!---|\.\.\.).*\n){0,100}?title:[ \t]*[\"']?(?P<title>[^\n]{1,300}?)[\"']?[ \t]*\n"
)


def read(source: Source) -> Reading:
    """The text as it is; its title is that of its front matter or its first heading."""
    decoded = decode(source.data)
    builder = TextBuilder(source.limits)
    builder.warnings += decoded.warnings
    builder.markdown(decoded.text)
    named = _TITLE.match(decoded.text)
    first = next(headings(decoded.text), None)
    title = named["title"] if named else first.title if first else None
    return builder.finish(TextForm.MARKDOWN, title=title)
