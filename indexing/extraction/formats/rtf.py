"""Knowing, extraction: Rich Text Format."""

from __future__ import annotations

import re

from striprtf.striprtf import rtf_to_text

from indexing.extraction import notation
from indexing.extraction.builder import TextBuilder
from indexing.extraction.errors import FileDamaged
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm

_ESCAPED = re.compile(r"\\[{}\\]")


def read(source: Source) -> Reading:
    """The text without its formatting."""
    written = source.data.decode("latin-1")
    if _is_cut(written):
        raise FileDamaged("It ends in the middle: not every group is closed.")
    builder = TextBuilder(source.limits)
    text = rtf_to_text(written, errors="replace")  # type: ignore[no-untyped-call]  # has no types
    builder.write(notation.without_controls(text).strip())
    return builder.finish(TextForm.PROSE)


def _is_cut(written: str) -> bool:
    if "\\bin" in written:
        return False  # raw data may hold any number of braces
    bare = _ESCAPED.sub("", written)
    return bare.count("{") > bare.count("}")
