"""Measuring: what can go wrong with evaluations."""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import FieldIssue, Kind, NotFound, PlatformError, QuotaExceeded


class EvaluationSetNotFound(NotFound):
    """The tenant has no such set of cases, or the set no such version."""

    code = "EVALUATION_SET_NOT_FOUND"


class EvaluationCaseNotFound(NotFound):
    """The set has no such case in that version."""

    code = "EVALUATION_CASE_NOT_FOUND"


class EvaluationRunNotFound(NotFound):
    """The tenant has no such run."""

    code = "EVALUATION_RUN_NOT_FOUND"


class EvaluationGateNotFound(NotFound):
    """The persona asks for no gate."""

    code = "EVALUATION_GATE_NOT_FOUND"


class EvaluationSetInUse(PlatformError):
    """A gate or a run that goes on needs the set."""

    code = "EVALUATION_SET_IN_USE"
    kind = Kind.CONFLICT


class EvaluationGateFailed(PlatformError):
    """What a persona is to answer by has not been shown to reach what its gate asks for."""

    code = "EVALUATION_GATE_FAILED"
    kind = Kind.CONFLICT

    def __init__(self, message: str, missed: Sequence[FieldIssue] = ()) -> None:
        super().__init__(message, details=missed)


class TooManyEvaluations(QuotaExceeded):
    """A tenant has an end to what it keeps of evaluations."""


class JudgeNotInstalled(PlatformError):
    """Judging needs a library that is not installed here; everything else of evaluations works without it."""

    code = "JUDGE_NOT_INSTALLED"
    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(
            "Answers are judged by ragas, which is not installed where this runs: pip install 'scaigrid[evals]'."
            " Runs without a judge need nothing else."
        )
