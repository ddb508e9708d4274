"""Knowing, extraction: tables written with commas, semicolons or tabs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from indexing.extraction import notation
from indexing.extraction.builder import TextBuilder
from indexing.extraction.decoding import decode
from indexing.extraction.errors import FileDamaged, FileTooComplex
from indexing.extraction.limits import Limits
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm

_SEPARATORS = ",;\t|"
_SAMPLE = 100


def read(source: Source) -> Reading:
    """The table as Markdown; its first row is the head."""
    decoded = decode(source.data)
    builder = TextBuilder(source.limits)
    builder.warnings += decoded.warnings
    csv.field_size_limit(source.limits.characters)
    builder.write(notation.table(_rows(decoded.text, source.limits)))
    return builder.finish(TextForm.MARKDOWN)


def _rows(text: str, limits: Limits) -> Iterator[list[str]]:
    cells = 0
    try:
        for row in csv.reader(StringIO(text, newline="\n"), delimiter=separator(text)):
            cells += len(row)
            if cells > limits.cells:
                raise FileTooComplex(f"It has more than {limits.cells} cells.")
            if any(row):
                yield row
    except csv.Error as error:
        raise FileDamaged(f"It cannot be read as a table ({error}).") from error


def separator(text: str) -> str:
    """What stands between cells: what cuts the first lines into the same number of cells, and into the most."""
    lines = [line for line in text[: 1 << 16].split("\n")[:_SAMPLE] if line.strip()]
    if len(lines) > 1 and len(text) > 1 << 16:
        lines.pop()

    def evenness(mark: str) -> tuple[float, int]:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=mark, strict=True)]
        except csv.Error:  # a quoted cell that ends before something else
            return 0.0, 0
        usual = max(set(widths), key=widths.count, default=1)
        return (widths.count(usual) / len(widths) if usual > 1 else 0.0, usual)

    return max(_SEPARATORS, key=evenness)
