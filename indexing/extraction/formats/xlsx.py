"""Knowing, extraction: workbooks, each sheet a page under its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from itertools import groupby

import openpyxl
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from indexing.extraction import notation
from indexing.extraction.archive import Archive
from indexing.extraction.builder import TextBuilder
from indexing.extraction.errors import FileTooComplex
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm

_HEIGHT_OF_A_SHEET = 1_048_576


def read(source: Source) -> Reading:
    """Every sheet that holds something; blank rows part its tables."""
    with Archive(source.data, source.limits) as archive:
        archive.refuse_entities()
    workbook = openpyxl.load_workbook(BytesIO(source.data), read_only=True, data_only=True, keep_links=False)
    builder = TextBuilder(source.limits)
    cells = _Budget(source.limits.cells)
    for number, sheet in enumerate(workbook.worksheets, start=1):
        builder.begin_page(number, afresh=True)
        tables = _tables(_rows(sheet, cells))
        if (first := next(tables, None)) is not None:
            builder.heading(2, sheet.title)
            builder.write(notation.table(first))
        for table in tables:
            builder.write(notation.table(table))
    title = workbook.properties.title
    workbook.close()
    return builder.finish(TextForm.MARKDOWN, title=title)


class _Budget:
    """The cells that may still be read; empty ones in between count, and a blank row counts as one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = most + _HEIGHT_OF_A_SHEET

    def spend(self, row: Sequence[object]) -> None:
        self._left -= max(len(row), 1)
        if self._left < 0:
            raise FileTooComplex(f"It has more than {self._most} cells.")


def _rows(sheet: ReadOnlyWorksheet, budget: _Budget) -> Iterator[list[str]]:
    sheet.reset_dimensions()  # what a sheet says of its own size is often wrong and may be made up
    for row in sheet.iter_rows(values_only=True):
        budget.spend(row)
        cells = ["" if value is None else _shown(value) for value in row]
        while cells and not cells[-1].strip():
            cells.pop()
        yield cells


def _tables(rows: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    """The rows between blank ones, without the blank columns on their left."""
    for filled, group in groupby(rows, key=bool):
        if filled:
            table = list(group)
            left = min(next(at for at, cell in enumerate(row) if cell.strip()) for row in table)
            yield [row[left:] for row in table]


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == value.min.time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)
