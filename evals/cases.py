"""Measuring: a collection, questions to it and what answers them, read from a folder in the common form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import CannotStart


class SetUnreadable(CannotStart):
    """A folder holds no set, or a line of it says nothing that can be measured."""


@dataclass(frozen=True, slots=True)
class Text:
    """One document."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question; `kind` is what its writer says of it."""

    id: str
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Cases:
    """A set, checked: whatever is judged is there."""

    name: str
    documents: tuple[Text, ...]
    questions: tuple[Asked, ...]
    judged: Mapping[str, Mapping[str, int]]  # by question, then by document

    @property
    def unanswerable(self) -> tuple[Asked, ...]:
        """Questions nobody has found an answer to."""
        return tuple(asked for asked in self.questions if not self.judged.get(asked.id))


def read_cases(folder: Path) -> Cases:
    """Read `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`; the last may be `qrels/test.tsv`, as it often is."""
    judged = _judged(folder)
    documents = tuple(
        Text(_text(line, "_id"), str(line.get("title") or ""), _text(line, "text"))
        for line in _lines(folder / "corpus.jsonl")
    )
    questions = tuple(
        Asked(_text(line, "_id"), _text(line, "text"), _kind(line)) for line in _lines(folder / "queries.jsonl")
    )
    known = {document.id for document in documents}
    missing = next((id_ for grades in judged.values() for id_ in grades if id_ not in known), None)
    if missing is not None:
        raise SetUnreadable(f"{folder}: {missing!r} is judged, but is not in corpus.jsonl.")
    if len(known) < len(documents):
        raise SetUnreadable(f"{folder}: two documents of corpus.jsonl have the same id.")
    return Cases(folder.resolve().name, documents, questions, judged)


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(_opened(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise SetUnreadable(f"{path}, line {number}: no JSON object.")
        yield said


def _text(line: Mapping[str, Any], name: str) -> str:
    said = line.get(name)
    if not isinstance(said, str):
        raise SetUnreadable(f"A line without {name!r}: {json.dumps(line)[:120]}")
    return said


def _kind(line: Mapping[str, Any]) -> str:
    said = line.get("metadata")
    return str(said.get("kind") or "") if isinstance(said, dict) else ""


def _judged(folder: Path) -> dict[str, dict[str, int]]:
    path = folder / "qrels.tsv"
    path = path if path.is_file() else folder / "qrels" / "test.tsv"
    judged: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_opened(path).splitlines(), 1):
        parts = line.split("\t")
        if number == 1 and parts[-1].strip() == "score":
            continue
        try:
            question, document, grade = parts
            judged.setdefault(question, {})[document] = int(grade)
        except ValueError:
            raise SetUnreadable(f"{path}, line {number}: not a question, a document and a whole number.") from None
    return {question: grades for question, grades in judged.items() if any(grade > 0 for grade in grades.values())}


def _opened(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetUnreadable(f"{path} cannot be read: {error}.") from None
