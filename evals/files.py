"""Measuring: cases in files: a JSON object on each line, or a table with commas; read whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from app.errors import FieldIssue, PayloadTooLarge, ValidationFailed
from evals.said import CaseSaid
from evals.values import Case

MOST_CASES: Final = 5_000
MOST_BYTES: Final = 8 * 2**20
_MOST_ISSUES = 25
_LONGEST_LINE = 256 * 2**10  # characters
_LONGEST_CELL = 100_000  # less than the module csv reads at most, which is a setting of a whole process
COLUMNS: Final = tuple(one.name for one in fields(Case))
PASSAGES: Final = "expected_text"  # what a table may say beside: passages that should be found
_BETWEEN = "|"
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_MARKED = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "'")  # noqa: RUF001 - formulas, and the mark itself
_Line: TypeAlias = tuple[int, Callable[[], Mapping[str, Any]]]


class FileForm(StrEnum):
    """How cases are written in a file."""

    JSONL = "jsonl"
    CSV = "csv"


def read_cases(body: bytes, form: FileForm) -> list[Case]:
    """What a file says; where anything is wrong with it, the first lines with what is wrong, and no case at all."""
    if len(body) > MOST_BYTES:
        raise PayloadTooLarge(f"A file of cases has at most {MOST_BYTES // 2**20} MiB; send several sets.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise ValidationFailed.of(f"line {line}", "is not UTF-8; save the file as UTF-8") from None
    lines = _lines_of(text) if form is FileForm.JSONL else _rows_of(text)
    return checked(lines)


def checked(lines: Iterable[_Line]) -> list[Case]:
    """Cases of what lines say, each with the number of its line."""
    issues: list[FieldIssue] = []
    found: dict[str, tuple[int, Case]] = {}
    for number, read in lines:
        if len(found) == MOST_CASES:
            issues.append(FieldIssue(f"line {number}", f"a set has at most {MOST_CASES} cases"))
            break
        try:
            case = CaseSaid.model_validate(read()).taken()
        except ValidationError as error:
            issues += _issues(number, error)
        except ValueError as error:
            issues.append(FieldIssue(f"line {number}", str(error)))
        else:
            issues += _added(found, number, case)
        if len(issues) >= _MOST_ISSUES:
            break
    if issues:
        raise ValidationFailed(f"{issues[0].field}: {issues[0].message}", details=issues[:_MOST_ISSUES])
    return [case for _, case in found.values()]


def _added(found: dict[str, tuple[int, Case]], number: int, case: Case) -> Iterator[FieldIssue]:
    first = found.setdefault(case.id, (number, case))
    if first[0] != number:
        yield FieldIssue(f"line {number}.id", f"{case.id!r} is the case of line {first[0]} already")


def _issues(number: int, error: ValidationError) -> Iterator[FieldIssue]:
    for fault in error.errors(include_input=False, include_url=False)[:_MOST_ISSUES]:
        place = ".".join(["", *map(str, fault["loc"])])
        yield FieldIssue(f"line {number}{place}", fault["msg"].removeprefix("Value error, "))


def _lines_of(text: str) -> Iterator[_Line]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, lambda line=line: _object_of(line)  # type: ignore[misc] # bound now


def _object_of(line: str) -> Mapping[str, Any]:
    said = _json(line)
    if not isinstance(said, dict):
        raise ValueError("is no JSON object")
    return said


def _json(text: str) -> Any:
    if len(text) > _LONGEST_LINE:
        raise ValueError(f"is longer than {_LONGEST_LINE:,} characters")
    try:
        said = json.loads(text, parse_constant=_no_number)
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("has half a character (a lone surrogate)") from None
    except (ValueError, RecursionError):
        raise ValueError("is not valid JSON") from None
    return said


def _no_number(word: str) -> float:
    raise ValueError(word)


def _rows_of(text: str) -> Iterator[_Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    header: Sequence[str] = ()
    begins = 1
    try:
        for row in reader:
            number, begins = begins, reader.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if not header:
                header = _header(number, row)
                continue
            yield number, lambda row=row, header=header: _said_in(header, row)  # type: ignore[misc] # bound now
    except csv.Error as error:
        reason = str(error)
        yield begins, lambda: _refuse(f"cannot be read as a table: {reason}")


def _refuse(reason: str) -> Mapping[str, Any]:
    raise ValueError(reason)


def _delimiter(text: str) -> str:
    """What stands between the cells of the first line: spreadsheets of some countries write no commas there."""
    head = text.lstrip("\r\n").split("\n", 1)[0]
    return max(",;\t", key=head.count)


def _header(number: int, row: Sequence[str]) -> Sequence[str]:
    names = [cell.strip().lower() for cell in row]
    known = {*COLUMNS, PASSAGES}
    wrong = next((name for name in names if name not in known), None)
    if wrong is not None:
        raise ValidationFailed.of(
            f"line {number}", f"there is no column {wrong[:64]!r}; known are: {', '.join(COLUMNS)}"
        )
    if "question" not in names or len(set(names)) < len(names):
        raise ValidationFailed.of(f"line {number}", "names a column `question`, and each column once")
    return names


def _said_in(header: Sequence[str], row: Sequence[str]) -> Mapping[str, Any]:
    if len(row) > len(header):
        raise ValueError(f"has {len(row)} cells, and the first line names {len(header)}")
    if any(len(cell) > _LONGEST_CELL for cell in row):
        raise ValueError(f"has a cell of more than {_LONGEST_CELL:,} characters")
    cells = {name: _unmarked(cell) for name, cell in zip(header, row, strict=False) if cell.strip()}
    said: dict[str, Any] = {name: cell for name, cell in cells.items() if name not in _READ and name != PASSAGES}
    said |= {name: _READ[name](cell) for name, cell in cells.items() if name in _READ}
    passages = [{"text": one} for one in _several(cells.get(PASSAGES, ""))]
    return said | {"expected": [*said.get("expected", ()), *passages]} if passages else said


def _unmarked(cell: str) -> str:
    """A cell without the mark that keeps a spreadsheet from taking it for a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip(" ").startswith(_MARKED) else cell


def _several(cell: str) -> list[Any]:
    """What a cell says that may say several things: JSON where it begins so, else texts with `|` between them."""
    if cell.lstrip().startswith("["):
        said = _json(cell)
        return said if isinstance(said, list) else [said]
    return [part.strip() for part in cell.split(_BETWEEN) if part.strip()]


def _document(said: Any) -> Any:
    """A document by its id, which no other name begins like, or by its name."""
    if not isinstance(said, str):
        return said
    return {"document_id": said} if said.startswith("doc_") else {"document_name": said}


def _truth(cell: str) -> bool:
    try:
        return _TRUTHS[cell.strip().lower()]
    except KeyError:
        raise ValueError("must_refuse: is neither true nor false") from None


_READ: Mapping[str, Callable[[str], Any]] = {
    "history": _several,
    "expected": lambda cell: [_document(one) for one in _several(cell)],
    "points": _several,
    "tags": _several,
    "forbidden": lambda cell: [{"phrase": one} if isinstance(one, str) else one for one in _several(cell)],
    "must_refuse": _truth,
}


def lines(cases: Iterable[Case], form: FileForm, *, head: bool = True) -> Iterator[str]:
    """Write cases, so that reading them gives the same ones; a table begins with what its columns are, unless not."""
    if form is FileForm.JSONL:
        for case in cases:
            yield json.dumps(case.written(), ensure_ascii=False, separators=(",", ":")) + "\n"
        return
    if head:
        yield _row(COLUMNS)
    for case in cases:
        written = case.written()
        yield _row([_cell(written.get(name)) for name in COLUMNS])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"'{text}" if text.lstrip(" ").startswith(_MARKED) else text


def _row(cells: Sequence[str]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(cells)
    return file.getvalue()
