"""Knowing, crawls: why an address got its verdict; pure."""

from __future__ import annotations

from enum import StrEnum

from app.outbound.errors import Fault


class Reason(StrEnum):
    """What stands in the ledger beside a verdict; an answer's status is said by `of_status`."""

    ROBOTS = "robots"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    DEPTH = "depth"
    SCOPE = "scope"
    TRAP = "trap"
    LIMIT_PAGES = "limit_pages"
    LIMIT_BYTES = "limit_bytes"
    TYPE = "type"
    DUPLICATE = "duplicate"
    CANONICAL = "canonical"
    NOINDEX = "noindex"
    EMPTY = "empty"
    BLOCKED_ADDRESS = "blocked_address"
    REDIRECT_LOOP = "redirect_loop"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    TOO_LARGE = "too_large"
    QUOTA = "storage_quota"
    HOST_AWAY = "host_away"  # it asked for a longer rest than a run takes, or did not answer time after time
    STOPPED = "stopped"  # the run ended before its turn came
    CANCELLED = "cancelled"


def of_fault(fault: Fault) -> Reason:
    """The reason of a call that came to nothing."""
    return Reason(fault.value)


def of_status(status: int) -> str:
    """The reason of an answer that brought no content."""
    return f"http_{status}"
