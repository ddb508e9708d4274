"""Knowing, maintenance: why something cannot be asked of what is being built."""

from __future__ import annotations

from app.errors import Kind, PlatformError


class JobAlreadyRunning(PlatformError):
    """The same is being done already; it can be followed, paused or cancelled."""

    code = "JOB_ALREADY_RUNNING"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This is being done already; follow it by GET of the same path, or cancel it first.")


class JobNotRunning(PlatformError):
    """There is nothing under way that could be paused, resumed or cancelled."""

    code = "JOB_NOT_RUNNING"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("Nothing of this is under way.")


class GenerationGone(PlatformError):
    """What was built of a collection, to be compared with what answers, has been given up or taken over since."""

    code = "GENERATION_GONE"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("What was built is not held any more: re-chunk the collection again with `hold`.")
