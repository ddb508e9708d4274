"""Measuring, runs: what can go wrong with them."""

from __future__ import annotations

from app.errors import Kind, NotFound, PlatformError


class RunLost(Exception):
    """Whoever worked on a run does no more: it was cancelled or is gone, or another has taken it over."""


class EvaluationReaderGone(NotFound):
    """The reader of a case is suspended, gone or of another tenant, so nobody can read in their name."""

    code = "EVALUATION_READER_GONE"

    def __init__(self) -> None:
        super().__init__("The reader of this case is not there any more; give the case another one.")


class EvaluationUnanswered(PlatformError):
    """A question got no answer, however often it was asked."""

    code = "EVALUATION_UNANSWERED"
    kind = Kind.UNAVAILABLE


class EvaluationRunEnded(PlatformError):
    """The run has ended in a way in which it does not go on."""

    code = "EVALUATION_RUN_ENDED"
    kind = Kind.CONFLICT


class EvaluationRunGoesOn(PlatformError):
    """The run goes on, and what is asked for waits for its end."""

    code = "EVALUATION_RUN_GOES_ON"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("The run goes on; cancel it first, or wait for its end.")
