"""Files of cases: read whole or not at all, with the line and the field of what is wrong."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import PayloadTooLarge, ValidationFailed
from evals.files import MOST_CASES, FileForm, lines, read_cases
from evals.said import CaseSaid
from evals.values import Case, Expected, Forbidden, Turn

WHOLE = Case(
    id="quay-7",
    question='Who closes the harbour, "at dusk"?\nAnd when, exactly?',
    history=(Turn("user", "Hello"), Turn("assistant", "Good day.")),
    reader="ada@demo.example",
    expected=(Expected(document_id="doc_1", grade=3), Expected(document_name="quay | east.md"), Expected(text="at 6")),
    reference="=The harbour master, at six.",
    points=("the harbour master", "at six"),
    forbidden=(Forbidden(phrase="guilders"), Forbidden(document_name="pay.md")),
    tags=("harbour", "'quoted'"),
)
REFUSED = Case(id="none", question="'=1+1", must_refuse=True)


def jsonl(*said: object) -> bytes:
    return "\n".join(json.dumps(one) for one in said).encode()


def wrong(body: bytes, form: FileForm = FileForm.JSONL) -> list[tuple[str, str]]:
    with pytest.raises(ValidationFailed) as caught:
        read_cases(body, form)
    return [(issue.field, issue.message) for issue in caught.value.details]


@pytest.mark.parametrize("form", FileForm)
def test_what_is_written_is_read_again_as_it_was(form: FileForm) -> None:
    written = "".join(lines([WHOLE, REFUSED], form))
    assert read_cases(written.encode(), form) == [WHOLE, REFUSED]


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=2, max_size=30).filter(str.strip)
CASES = st.builds(
    Case,
    id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,20}", fullmatch=True),
    question=TEXT,
    reader=st.none() | TEXT,
    expected=st.lists(st.builds(Expected, text=TEXT, grade=st.integers(1, 10)), max_size=3).map(tuple),
    reference=st.none() | TEXT,
    points=st.lists(TEXT, max_size=3).map(tuple),
    forbidden=st.lists(st.builds(Forbidden, phrase=TEXT), max_size=2).map(tuple),
    tags=st.lists(TEXT, max_size=3, unique=True).map(tuple),
)


@given(st.lists(CASES, min_size=1, max_size=3, unique_by=lambda case: case.id), st.sampled_from(FileForm))
def test_whatever_a_case_says_survives_a_file(cases: Sequence[Case], form: FileForm) -> None:
    assert read_cases("".join(lines(cases, form)).encode(), form) == cases


def test_a_table_of_a_spreadsheet_is_understood() -> None:
    table = (
        "\ufeffid;question;reader;expected;expected_text;must_refuse;forbidden;tags\r\n"
        '1;"Who closes; the harbour?";ben@demo.example;quay.md|doc_9;at six;no;guilders|pay;harbour|evening\r\n'
        "\r\n"
        "2;What is the secret?;;;;YES;;\r\n"
    )
    first, second = read_cases(table.encode(), FileForm.CSV)
    assert first.question == "Who closes; the harbour?"
    assert first.expected == (
        Expected(document_name="quay.md"),
        Expected(document_id="doc_9"),
        Expected(text="at six"),
    )
    assert [one.phrase for one in first.forbidden] == ["guilders", "pay"]
    assert first.tags == ("harbour", "evening")
    assert second == Case(id="2", question="What is the secret?", must_refuse=True)


def test_every_bad_line_is_said_with_its_field() -> None:
    body = jsonl(
        {"question": "fine"},
        {"id": "a b", "question": "x"},
        {"question": "x", "expected": [{"text": "y"}, {"text": "y", "document_id": "doc_1"}]},
        {"question": "x", "colour": "red"},
        {"question": "x", "must_refuse": True, "reference": "y"},
    )
    body += b"\n[1]\n{broken\n" + b'{"question": "\\ud800"}'
    found = wrong(body)
    assert [field for field, _ in found] == [
        "line 2.id",
        "line 3.expected.1",
        "line 4.colour",
        "line 5",
        "line 6",
        "line 7",
        "line 8",
    ]
    assert dict(found)["line 7"] == "is not valid JSON"


def test_bad_rows_of_a_table_are_said_by_the_line_they_begin_in() -> None:
    table = b'question,tags,must_refuse\n"two\nlines",,no\nx,,perhaps\nx,,,,too many\n'
    assert [field for field, _ in wrong(table, FileForm.CSV)] == ["line 4", "line 5"]


def test_a_column_nobody_knows_is_refused_by_name() -> None:
    ((field, message),) = wrong(b"question,colour\nx,red\n", FileForm.CSV)
    assert field == "line 1"
    assert "'colour'" in message


def test_two_lines_with_one_id_are_told_apart() -> None:
    ((field, message),) = wrong(jsonl({"id": "1", "question": "x"}, {"id": "1", "question": "y"}))
    assert (field, message) == ("line 2.id", "'1' is the case of line 1 already")


def test_a_case_without_an_id_is_known_again() -> None:
    once, again = (CaseSaid(question="Who?", tags=["a"]).taken() for _ in range(2))
    assert once == again
    assert once.id.startswith("c-")
    assert CaseSaid(question="Who?").taken().id != once.id


def test_there_is_an_end_to_what_a_file_holds() -> None:
    many = jsonl(*({"id": str(number), "question": "x"} for number in range(MOST_CASES + 1)))
    assert wrong(many) == [(f"line {MOST_CASES + 1}", f"a set has at most {MOST_CASES} cases")]
    assert len(read_cases(many.rsplit(b"\n", 1)[0], FileForm.JSONL)) == MOST_CASES
    with pytest.raises(PayloadTooLarge):
        read_cases(b" " * (8 * 2**20 + 1), FileForm.JSONL)


def test_what_is_no_utf8_is_said_by_its_line() -> None:
    assert wrong(b'{"question": "x"}\n{"question": "\xff"}') == [("line 2", "is not UTF-8; save the file as UTF-8")]


@pytest.mark.parametrize("body", [b'{"question": NaN}', b"[" * 100_000, b'{"question": 1e999}', b'"' * 300_000])
def test_hostile_lines_are_refused(body: bytes) -> None:
    assert wrong(body)
    assert wrong(b"question\n" + body * 2, FileForm.CSV) if body.startswith(b'"') else True


@pytest.mark.parametrize("limit", [csv.field_size_limit(), 2**24])
def test_a_field_without_end_in_a_table_is_refused(limit: int) -> None:
    before = csv.field_size_limit(limit)  # others of this process read longer ones
    try:
        for size in (100_001, 200_000):
            assert [field for field, _ in wrong(b'question\n"' + b"x" * size + b'"\n', FileForm.CSV)] == ["line 2"]
    finally:
        csv.field_size_limit(before)
