"""Roof, HTTP: usage as a file, streamed page by page; memory does not grow with its length."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.accounting.queries import UsageFilter, usage_page
from app.http.sight import Sight
from app.http.visit import Visit
from app.http.wire.accounting import UsageRead
from app.paging import PageRequest

Format = Literal["csv", "json", "ndjson"]
PAGE = 1000
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "ndjson": "application/x-ndjson"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet take a value for a formula


@dataclass(frozen=True, slots=True)
class _Style:
    """How a format opens, writes some rows (given whether they are the first), and closes."""

    opening: str
    rows: Callable[[Sequence[UsageRead], bool], str]
    closing: str


async def export(visit: Visit, sight: Sight, wanted: UsageFilter, form: Format) -> AsyncIterator[str]:
    """Write the calls, oldest first, up to this moment; ends early for whoever loses the right to it."""
    style, platform = _STYLES[form], visit.platform
    if wanted.until is None:
        wanted = replace(wanted, until=platform.clock.now())
    wanted = sight.narrow(wanted)
    yield style.opening
    request: PageRequest | None = PageRequest(PAGE, None, "asc")
    first = True
    while request is not None:
        await visit.require_still()
        async with platform.transactions.open(sight.reach, writes=False) as transaction:
            page = await usage_page(transaction.session, wanted, request)
        yield style.rows([UsageRead.model_validate(event) for event in page.items], first)
        first = False
        request = None if page.next_after is None else PageRequest(PAGE, page.next_after, "asc")
    yield style.closing


def _csv(rows: Sequence[UsageRead], _first: bool) -> str:  # noqa: FBT001 - the shape of a style
    return _csv_lines([_harmless(value) for value in row.model_dump(mode="json").values()] for row in rows)


def _csv_lines(lines: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _json(rows: Sequence[UsageRead], first: bool) -> str:  # noqa: FBT001 - the shape of a style
    written = ",\n".join(row.model_dump_json() for row in rows)
    return written if first or not written else f",\n{written}"


def _ndjson(rows: Sequence[UsageRead], _first: bool) -> str:  # noqa: FBT001 - the shape of a style
    return "".join(f"{row.model_dump_json()}\n" for row in rows)


_STYLES: dict[Format, _Style] = {
    "csv": _Style(_csv_lines([list(UsageRead.model_fields)]), _csv, ""),
    "json": _Style("[\n", _json, "\n]\n"),
    "ndjson": _Style("", _ndjson, ""),
}
