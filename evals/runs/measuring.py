"""Measuring, runs: what one answer is worth by all that needs no judge; pure.

A number that cannot be said of an answer is not said: a case that expects nothing has no recall.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.answers import Answered
from evals.gates import LEAKS
from evals.metrics.expecting import retrieval_scores
from evals.metrics.quoting import citation_validity, quote_support
from evals.metrics.refusing import is_refusal, refusal_correctness
from evals.metrics.wording import row_of, stands_in
from evals.runs.leaks import Looked
from evals.values import Case

ALWAYS = frozenset({LEAKS})  # whatever else is measured
_MOST_REASONS, _LONGEST_REASON = 10, 500


@dataclass(frozen=True, slots=True)
class Score:
    """What an answer is worth by one metric."""

    metric: str
    value: float | None
    judged: bool = False
    reasons: str | None = None
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """An answer by all metrics, and whether it refuses."""

    scores: Sequence[Score]
    refused: bool


def measured(case: Case, answered: Answered, looked: Looked, own_words: Collection[str] = ()) -> Measured:
    """Measure one answer; `own_words` are what its assistant says where it has found nothing."""
    refused = is_refusal(answered, own_words)
    leaks = [leak.written() for leak in looked.leaks]
    scores = [Score(LEAKS, float(len(leaks)), details={"leaks": leaks} if leaks else None)]
    if answered.searched:
        found = retrieval_scores(answered.passages, case.expected)
        scores += [Score(metric, value) for metric, value in found.items()]
    if not refused:
        scores += _of_the_words(case, answered, looked.readable)
    right = refusal_correctness(
        refused=refused,
        must_refuse=case.must_refuse,
        is_answerable=bool(case.expected or case.reference or case.points),
    )
    if right is not None:
        scores.append(Score("refusal_correctness", right))
    return Measured(scores, refused)


def unanswered(case: Case) -> Sequence[Score]:
    """What no answer at all is worth: nothing, by all that its case asks for."""
    found = retrieval_scores((), case.expected)
    scores = [Score(metric, value) for metric, value in found.items()]
    if case.must_refuse or case.expected or case.reference or case.points:
        scores.append(Score("refusal_correctness", 0.0))
    return scores


def _of_the_words(case: Case, answered: Answered, readable: Collection[str]) -> list[Score]:
    scores: list[Score] = []
    support = quote_support(answered) if answered.searched else None
    if support is not None:
        named = [one[:_LONGEST_REASON] for one in support.unsupported[:_MOST_REASONS]]
        scores.append(Score("quote_support", support.share, reasons="\n".join(named) or None))
    validity = citation_validity(answered, readable)
    if validity is not None:
        scores.append(Score("citation_validity", validity))
    if case.points:
        row = [row_of(answered.text)]
        said = [stands_in(point, row) for point in case.points]
        missing = [point[:_LONGEST_REASON] for point, is_said in zip(case.points, said, strict=True) if not is_said]
        scores.append(Score("points_said", sum(said) / len(said), reasons="\n".join(missing[:_MOST_REASONS]) or None))
    return scores
