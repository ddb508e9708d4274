"""Ground floor, outbound: what can go wrong when we call an address."""

from __future__ import annotations

from enum import Enum

from app.errors import Kind, PlatformError


class OutboundRefused(PlatformError):
    """The address may not be called from here; said without what was found behind it."""

    code = "BLOCKED_ADDRESS"
    kind = Kind.INVALID


class Fault(Enum):
    """How a call that was allowed came to nothing; verdicts and retries go by it."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    TOO_LARGE = "too_large"
    REDIRECT_LOOP = "redirect_loop"
    TOO_MANY_REDIRECTS = "too_many_redirects"


class OutboundFailed(PlatformError):
    """The address was allowed, the call to it came to nothing."""

    code = "OUTBOUND_FAILED"
    kind = Kind.UPSTREAM

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault
