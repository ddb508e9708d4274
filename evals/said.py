"""Measuring: a case as people and programs say it, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from evals.hashing import hash_of
from evals.values import Case, Expected, Forbidden, Turn

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _writable(said: str) -> str:
    if _CONTROLS.search(said):
        raise ValueError("holds control characters")
    if not said.strip():
        raise ValueError("says nothing")
    return said


_Written = AfterValidator(_writable)
CaseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
Question = Annotated[str, Field(min_length=1, max_length=8_000), _Written]
Name = Annotated[str, Field(min_length=1, max_length=255), _Written]
Id = Annotated[str, Field(min_length=1, max_length=64), _Written]
Reader = Annotated[str, Field(min_length=1, max_length=190), _Written]
Passage = Annotated[str, Field(min_length=1, max_length=4_000), _Written]
Reference = Annotated[str, Field(min_length=1, max_length=20_000), _Written]
Point = Annotated[str, Field(min_length=1, max_length=1_000), _Written]
Phrase = Annotated[str, Field(min_length=2, max_length=500), _Written]  # one letter is in every answer
Tag = Annotated[str, Field(min_length=1, max_length=64), _Written]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class TurnSaid(_Said):
    """What was said before a question."""

    role: Literal["user", "assistant"]
    content: Question


def _one_of(said: _Said, names: Iterable[str]) -> None:
    names = list(names)
    if sum(getattr(said, name) is not None for name in names) != 1:
        raise ValueError(f"say exactly one of {', '.join(names)}")


class ExpectedSaid(_Said):
    """A document, by its id or its name, or a passage by its words, that should be found."""

    document_id: Id | None = None
    document_name: Name | None = None
    text: Passage | None = None
    grade: Annotated[int, Field(ge=1, le=10, strict=True)] = 1

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        _one_of(self, ("document_id", "document_name", "text"))
        return self


class ForbiddenSaid(_Said):
    """A document, by its id or its name, or a phrase, that must not appear."""

    document_id: Id | None = None
    document_name: Name | None = None
    phrase: Phrase | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        _one_of(self, ("document_id", "document_name", "phrase"))
        return self


class CaseSaid(_Said):
    """One case. Without an id it gets one that is reckoned from all that it says."""

    id: CaseId | None = None
    question: Question
    history: Annotated[list[TurnSaid], Field(max_length=20)] = Field(default_factory=list)
    reader: Annotated[Reader | None, Field(description="Id or address of who asks; absent, whoever runs the set.")] = (
        None
    )
    expected: Annotated[list[ExpectedSaid], Field(max_length=50)] = Field(default_factory=list)
    reference: Annotated[Reference | None, Field(description="An answer that would be right.")] = None
    points: Annotated[list[Point], Field(max_length=30)] = Field(default_factory=list)
    must_refuse: Annotated[StrictBool, Field(description="Whether the right answer is that nothing was found.")] = False
    forbidden: Annotated[list[ForbiddenSaid], Field(max_length=50)] = Field(default_factory=list)
    tags: Annotated[list[Tag], Field(max_length=20)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _means_one_thing(self) -> Self:
        if self.must_refuse and (self.expected or self.reference is not None or self.points):
            raise ValueError("must_refuse says that nothing is found: leave expected, reference and points out")
        return self

    def taken(self) -> Case:
        """The case."""
        case = Case(
            id=self.id or "",
            question=self.question,
            history=tuple(Turn(one.role, one.content) for one in self.history),
            reader=self.reader,
            expected=tuple(Expected(**one.model_dump()) for one in self.expected),
            reference=self.reference,
            points=tuple(self.points),
            must_refuse=self.must_refuse,
            forbidden=tuple(Forbidden(**one.model_dump()) for one in self.forbidden),
            tags=tuple(dict.fromkeys(self.tags)),
        )
        return case if case.id else named(case)


def named(case: Case) -> Case:
    """A case that has no id, with one by which it is known again when it is said a second time."""
    written = case.written()
    return Case.read({**written, "id": f"c-{hash_of({**written, 'id': ''})[:16]}"})
