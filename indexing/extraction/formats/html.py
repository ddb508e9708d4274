"""Knowing, extraction: the main text of web pages."""

from __future__ import annotations

from indexing.extraction.builder import TextBuilder
from indexing.extraction.decoding import decode
from indexing.extraction.page_tree import declared_encoding
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm
from indexing.extraction.web_page import main_text


def read(source: Source) -> Reading:
    """The main text as Markdown."""
    decoded = decode(source.data, declared=declared_encoding(source.data))
    builder = TextBuilder(source.limits)
    builder.warnings += decoded.warnings
    page = main_text(decoded.text)
    builder.markdown(page.markdown)
    return builder.finish(TextForm.MARKDOWN, title=page.title)
