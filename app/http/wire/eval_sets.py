"""Roof, HTTP shapes: sets of cases, their versions, and what they ask."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from app.http.envelope import Wire
from app.http.wire.models import Description, unsaid
from app.http.wire.names import NameText, SlugText
from evals.authoring import Changed
from evals.queries import SavedSet, SetVersion
from evals.said import CaseSaid
from evals.values import Case

_MOST_AT_ONCE = 1_000
Note = Annotated[NameText | None, Field(description="What is to be said of the version.")]


class EvalSetCreate(Wire):
    """A set that is to be; it asks nothing before it has cases."""

    name: NameText
    slug: SlugText | None = None
    description: Description = ""

    def meant(self) -> dict[str, Any]:
        """What was said."""
        return {name: getattr(self, name) for name in type(self).model_fields}


class EvalSetPatch(Wire):
    """What is to change of a set; its cases are changed in new versions."""

    name: NameText = Field(default_factory=unsaid)
    slug: SlugText = Field(default_factory=unsaid)
    description: Description = Field(default_factory=unsaid)

    def meant(self) -> dict[str, Any]:
        """What was said."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class EvalSetRead(Wire):
    """A set; `version` is the number of its newest version, and null before it asks anything."""

    id: str
    slug: str
    name: str
    description: str
    version: int | None
    case_count: int
    created_by: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: SavedSet) -> Self:
        """Show what was kept."""
        said = {name: getattr(row, name) for name in cls.model_fields if name not in {"version", "case_count"}}
        return cls(**said, version=row.number or None, case_count=row.cases)


class EvalVersionRead(Wire):
    """What a set asked from one change to the next; `content_hash` is the SHA-256 of all of it."""

    set_id: str
    version: int
    content_hash: str
    case_count: int
    note: str | None
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, row: SetVersion) -> Self:
        """Show what was kept."""
        same = {name: getattr(row, name) for name in ("set_id", "note", "created_by", "created_at")}
        return cls(**same, version=row.number, content_hash=row.digest, case_count=row.cases)


class EvalSetChangedRead(Wire):
    """The version there is after a change of cases; the one before where there was no difference."""

    version: EvalVersionRead
    added: int
    changed: int
    removed: int

    @classmethod
    def of(cls, done: Changed) -> Self:
        """Show what became of a set."""
        read = EvalVersionRead.of(done.version)
        return cls(version=read, added=done.added, changed=done.changed, removed=done.removed)


class EvalCaseWrite(CaseSaid, Wire):
    """One case. Without an id it gets one that is reckoned from all that it says."""


class EvalCasesCreate(Wire):
    """Cases that a set is to ask too, in place of those of the same ids."""

    cases: Annotated[list[EvalCaseWrite], Field(min_length=1, max_length=_MOST_AT_ONCE)]
    note: Note = None


class EvalTurnRead(Wire):
    """What was said before a question."""

    role: str
    content: str


class EvalExpectedRead(Wire):
    """What should be found; one of the three is said."""

    document_id: str | None
    document_name: str | None
    text: str | None
    grade: int


class EvalForbiddenRead(Wire):
    """What must not appear; one of the three is said."""

    document_id: str | None
    document_name: str | None
    phrase: str | None


class EvalCaseRead(Wire):
    """One case of a version."""

    id: str
    question: str
    history: list[EvalTurnRead]
    reader: str | None
    expected: list[EvalExpectedRead]
    reference: str | None
    points: list[str]
    must_refuse: bool
    forbidden: list[EvalForbiddenRead]
    tags: list[str]

    @classmethod
    def of(cls, case: Case) -> Self:
        """Show a case."""
        return cls.model_validate(case)


class PastPartWrite(Wire):
    """A part of a message; what is no text is passed over."""

    model_config = ConfigDict(extra="ignore")

    type: Annotated[str, Field(max_length=40)]
    text: Annotated[str, Field(max_length=100_000)] = ""


class PastMessageWrite(Wire):
    """A message of a request in OpenAI's form."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[str, Field(max_length=100_000)] | Annotated[list[PastPartWrite], Field(max_length=50)] | None = (
        None
    )

    @property
    def text(self) -> str:
        """What it says in words."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or () if part.type == "text" and part.text)


class PastRequestWrite(Wire):
    """A request as its sender has kept it: what it has beside its messages is passed over."""

    model_config = ConfigDict(extra="ignore")

    messages: Annotated[list[PastMessageWrite], Field(min_length=1, max_length=200)]
    reader: Annotated[str | None, Field(min_length=1, max_length=190, description="Who asks it in the set.")] = None


class EvalFromRequestsCreate(Wire):
    """Requests that cases are to be made of."""

    requests: Annotated[list[PastRequestWrite], Field(min_length=1, max_length=_MOST_AT_ONCE)]
    tags: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=20)] = Field(
        default_factory=list
    )
    note: Note = None
