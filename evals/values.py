"""Measuring: what is asked, of whom and how, and how far one answer is; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self


class RunStatus(StrEnum):
    """How far a run is."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    CAPPED = "capped"  # a limit of its own was reached; with a higher one it goes on
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({RunStatus.COMPLETED, RunStatus.CAPPED, RunStatus.FAILED, RunStatus.CANCELLED})


class Stage(StrEnum):
    """How far one question of one reader is; what a stage has written is never paid for again."""

    QUEUED = "queued"
    ANSWERED = "answered"
    MEASURED = "measured"
    JUDGED = "judged"  # or nothing is left to be judged
    FAILED = "failed"  # it got no answer, however often it was asked


DONE = frozenset({Stage.JUDGED, Stage.FAILED})


class Eyes(StrEnum):
    """With whose rights answers were made."""

    READER = "reader"  # the runner is the reader
    BOTH = "both"  # what the runner and the reader may both read


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said before a question."""

    role: str  # user | assistant
    content: str


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that should be found: a document by its id or its name, or a passage by its words."""

    document_id: str | None = None
    document_name: str | None = None
    text: str | None = None
    grade: int = 1  # how much it says of the question


@dataclass(frozen=True, slots=True)
class Forbidden:
    """What must not appear in what one reader is shown: a document by its id or its name, or a phrase."""

    document_id: str | None = None
    document_name: str | None = None
    phrase: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One question, who asks it, and what a good answer is; where nothing is said of something, it is not measured."""

    id: str
    question: str
    history: tuple[Turn, ...] = ()
    reader: str | None = None  # an id or an address of a user; None is whoever runs the set
    expected: tuple[Expected, ...] = ()
    reference: str | None = None  # an answer that would be right
    points: tuple[str, ...] = ()  # what a right answer says
    must_refuse: bool = False  # the right answer is that nothing was found
    forbidden: tuple[Forbidden, ...] = ()
    tags: tuple[str, ...] = ()

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Self:
        """What was kept of a case."""
        said: dict[str, Any] = {name: value for name, value in written.items() if name in _CASE_FIELDS}
        kinds: dict[str, type[Any]] = {"history": Turn, "expected": Expected, "forbidden": Forbidden}
        nested: dict[str, Any] = {
            name: tuple(kind(**one) for one in said[name]) for name, kind in kinds.items() if name in said
        }
        plain: dict[str, Any] = {name: tuple(said[name]) for name in ("points", "tags") if name in said}
        return cls(**{**said, **nested, **plain})

    def written(self) -> dict[str, Any]:
        """What JSON can keep: what was said, and nothing where nothing was."""
        kept: dict[str, Any] = _without_nothing(asdict(self))
        return kept


_CASE_FIELDS = frozenset(one.name for one in fields(Case))


def _without_nothing(said: Any) -> Any:
    if isinstance(said, Mapping):
        meant = {name: _without_nothing(value) for name, value in said.items()}
        return {name: value for name, value in meant.items() if not (value is None or value is False or value == [])}
    if isinstance(said, list | tuple):
        return [_without_nothing(one) for one in said]
    return said


@dataclass(frozen=True, slots=True)
class Caps:
    """Where a run ends, whatever is left of it; None is no limit but those of budgets."""

    max_cost: Decimal | None = None
    max_tokens: int | None = None
    max_seconds: int | None = None

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Self:
        """What was kept of limits."""
        cost = written.get("max_cost")
        limits = {name: written.get(name) for name in ("max_tokens", "max_seconds")}
        return cls(None if cost is None else Decimal(str(cost)), **limits)

    def written(self) -> dict[str, Any]:
        """What JSON can keep, sums exactly."""
        return {**asdict(self), "max_cost": None if self.max_cost is None else str(self.max_cost)}


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What a run was asked to do; it keeps to it from its first question to its last."""

    persona_id: str
    set_id: str
    set_number: int  # which version of the set
    changes: Mapping[str, Any] = field(
        default_factory=dict
    )  # of the persona, by the names of its fields; and `sources`
    readers: Sequence[str] = ()  # ids of users who are each asked every question; none: the readers of the cases
    metrics: Sequence[str] = ()  # none: all that need no judge, and with a judge all of its own too
    judge: str | None = None  # slug of a model
    caps: Caps = Caps()
    ahead: bool = False  # ask what is built and held of the collections, in place of what answers

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Self:
        """What a run was begun with; what older runs did not know of is as if nothing had been said."""
        known = {one.name for one in fields(cls)} - {"caps"}
        said = {name: value for name, value in written.items() if name in known}
        return cls(**said, caps=Caps.read(written.get("caps") or {}))

    def written(self) -> dict[str, Any]:
        """What JSON can keep."""
        lists = {"readers": list(self.readers), "metrics": list(self.metrics)}
        said = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**said, **lists, "changes": dict(self.changes), "caps": self.caps.written()}
