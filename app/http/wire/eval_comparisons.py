"""Roof, HTTP shapes: two runs side by side."""

from __future__ import annotations

from typing import Literal, Self

from app.http.envelope import Wire
from app.http.wire.eval_runs import EvalAnswerRead
from evals.metrics.differences import Difference
from evals.runs.comparing import Compared, Side
from evals.runs.showing import SavedRun

Direction = Literal["better", "worse", "mixed", "same"]


class EvalComparedRunRead(Wire):
    """One of two runs, and the hash of what it measured."""

    id: str
    set_id: str
    set_version: int
    persona_id: str
    note: str | None
    status: str
    config_hash: str
    measured_hash: str

    @classmethod
    def of(cls, row: SavedRun) -> Self:
        """Show it."""
        said = {name: getattr(row, name) for name in cls.model_fields if name != "set_version"}
        return cls(**said, set_version=row.set_number)


class EvalDifferenceRead(Wire):
    """One metric over the answers that both runs have: the means, and the 95 % interval of their difference."""

    metric: str
    judged: bool
    pairs: int
    cases: int
    before: float
    after: float
    difference: float
    low: float
    high: float
    better: int
    worse: int
    same: int
    verdict: Literal["better", "worse", "same", "undecided"]

    @classmethod
    def of(cls, metric: str, found: Difference, *, judged: bool) -> Self:
        """Show it."""
        own = {name: getattr(found, name) for name in cls.model_fields if name not in {"metric", "judged", "verdict"}}
        return cls(**own, metric=metric, judged=judged, verdict=found.verdict.value)


class EvalComparisonRead(Wire):
    """Two runs by every metric that both have, made of those answers that whoever looks may see in both."""

    before: EvalComparedRunRead
    after: EvalComparedRunRead
    pairs: int
    only_before: int
    only_after: int
    altered: int
    better: int
    worse: int
    mixed: int
    same: int
    metrics: list[EvalDifferenceRead]

    @classmethod
    def made(cls, before: SavedRun, after: SavedRun, found: Compared) -> Self:
        """Show it."""
        counts = ("pairs", "only_before", "only_after", "altered", "better", "worse", "mixed", "same")
        return cls(
            before=EvalComparedRunRead.of(before),
            after=EvalComparedRunRead.of(after),
            metrics=[
                EvalDifferenceRead.of(metric, one, judged=metric in found.judged)
                for metric, one in sorted(found.metrics.items())
            ],
            **{name: getattr(found, name) for name in counts},
        )


class EvalChangeRead(Wire):
    """What became of one metric of one case."""

    metric: str
    change: Literal["better", "worse", "same"]


class EvalSideRead(Wire):
    """One case of one reader in both runs; without a verdict where one of the answers is withheld."""

    case_id: str
    reader_id: str
    change: Direction | None
    changes: list[EvalChangeRead]
    before: EvalAnswerRead
    after: EvalAnswerRead

    @classmethod
    def of(cls, side: Side) -> Self:
        """Show it."""
        return cls.model_validate(
            {
                "case_id": side.after.row.case_id,
                "reader_id": side.after.row.reader_id,
                "change": side.change,
                "changes": [{"metric": name, "change": str(one)} for name, one in side.changes.items()],
                "before": EvalAnswerRead.of(side.before),
                "after": EvalAnswerRead.of(side.after),
            }
        )
