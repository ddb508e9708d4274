"""A shape with something of a document in it cannot be had without the chokepoint: not past typing, not past Python.

The refusals that mypy gives are marked; `warn_unused_ignores` fails the build if typing ever loosens.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pytest
from pydantic import TypeAdapter

from acl.visible import Visible
from app.http.envelope import Success, success
from app.http.wire.revealing import Revealing


@dataclass(frozen=True, slots=True)
class Passage:
    """Something found."""

    document_id: str
    text: str


class PassageRead(Revealing[Passage]):
    """It, as it is shown."""

    document_id: str
    content: str

    @classmethod
    def _shown(cls, seen: Passage) -> Self:
        return cls(document_id=seen.document_id, content=seen.text)


@dataclass(frozen=True, slots=True)
class Picture:
    """Something else."""

    document_id: str


RAW = Passage("doc_1", "the salaries")
LET_THROUGH = Visible(RAW)  # what the chokepoint does; a house test forbids it everywhere else


def test_what_was_let_through_is_shown() -> None:
    shown = PassageRead.of(LET_THROUGH)
    assert isinstance(shown, PassageRead)
    assert shown.model_dump() == {"document_id": "doc_1", "content": "the salaries"}


def test_it_travels_in_an_answer_and_is_described_by_its_own_name() -> None:
    answer = success([PassageRead.of(LET_THROUGH)])
    said = TypeAdapter(Success[list[PassageRead]]).validate_python(answer, from_attributes=True)
    assert said.model_dump()["data"] == [{"document_id": "doc_1", "content": "the salaries"}]
    assert '"content":"the salaries"' in said.model_dump_json()
    described = Success[list[PassageRead]].model_json_schema()
    assert described["$defs"]["PassageRead"]["description"] == "It, as it is shown."
    assert list(described["$defs"]["PassageRead"]["properties"]) == ["document_id", "content"]


def show(hits: Sequence[Visible[Passage]]) -> list[PassageRead]:
    return [PassageRead.of(hit) for hit in hits]


def test_typing_and_python_refuse_what_did_not_pass_the_chokepoint() -> None:
    with pytest.raises(TypeError):
        PassageRead.of(RAW)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        show([RAW])  # type: ignore[list-item]
    raw: list[Passage] = [RAW]
    with pytest.raises(TypeError):
        show(raw)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        PassageRead(document_id="doc_1", content="made up")  # type: ignore[abstract]
    with pytest.raises(AttributeError):
        PassageRead.of(Visible(Picture("doc_1")))  # type: ignore[arg-type]


FIELDS = {"document_id": "doc_1", "content": "made up"}
WAYS_AROUND: dict[str, Callable[[Any], object]] = {
    "its name": lambda kind: kind(**FIELDS),
    "validation": lambda kind: kind.model_validate(FIELDS),
    "validation of text": lambda kind: kind.model_validate_json('{"document_id": "doc_1", "content": "made up"}'),
    "validation of attributes": lambda kind: kind.model_validate(Passage("doc_1", "made up")),
    "validation by an adapter": lambda kind: TypeAdapter(kind).validate_python(FIELDS),
    "construction": lambda kind: kind.model_construct(**FIELDS),
    "allocation": object.__new__,
    "its own filling": lambda kind: kind._shown(RAW),
    "a copy with something else": lambda kind: kind.of(LET_THROUGH).model_copy(update={"content": "made up"}),
    "a change": lambda kind: setattr(kind.of(LET_THROUGH), "content", "made up"),
    "something that only looks visible": lambda kind: kind.of(type("Visible", (), {"value": RAW})()),
}


@pytest.mark.parametrize("way", WAYS_AROUND)
def test_there_is_no_way_around(way: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        WAYS_AROUND[way](PassageRead)


def test_a_copy_shows_the_same() -> None:
    shown = PassageRead.of(LET_THROUGH)
    assert shown.model_copy() == copy.copy(shown) == copy.deepcopy(shown) == shown.model_copy(deep=True)
    with pytest.raises((pickle.PicklingError, TypeError)):
        pickle.dumps(shown)
