"""Roof, HTTP: long tables as files, streamed batch by batch."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Literal

from fastapi.responses import StreamingResponse

Format = Literal["csv", "json", "ndjson"]
Row = Mapping[str, Any]
Batches = AsyncIterator[Sequence[Row]]
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "ndjson": "application/x-ndjson"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets read these too


def export(name: str, format: Format, columns: Sequence[str], batches: Batches) -> StreamingResponse:  # noqa: A002
    """Answer with a file; only one batch is in memory at a time. Values are what JSON can say."""
    written = _csv(columns, batches) if format == "csv" else _lines(batches, array=format == "json")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"'}
    return StreamingResponse(written, media_type=MEDIA_TYPES[format], headers=headers)


async def _csv(columns: Sequence[str], batches: Batches) -> AsyncIterator[str]:
    yield _written(lambda file: csv.writer(file).writerow(columns))
    async for batch in batches:
        rows = [[cell(row[column]) for column in columns] for row in batch]
        yield _written(lambda file, rows=rows: csv.writer(file).writerows(rows))  # type: ignore[misc] # bound now


async def _lines(batches: Batches, *, array: bool) -> AsyncIterator[str]:
    between = ""
    if array:
        yield "["
    async for batch in batches:
        for row in batch:
            line = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
            yield f"{between}{line}" if array else f"{line}\n"
            between = ",\n"
    if array:
        yield "]\n"


def cell(value: Any) -> Any:
    """A value as one cell; text that a spreadsheet would take for a formula is marked as text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _written(write: Callable[[io.StringIO], object]) -> str:
    file = io.StringIO(newline="")
    write(file)
    return file.getvalue()
