"""Ground floor: what can go wrong, said once, with a code, a kind and a sentence for the reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """What sort of failure it is; the delivery layer alone turns it into a status."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD = "method"
    CONFLICT = "conflict"
    STALE = "stale"
    TOO_LARGE = "too_large"
    MEDIA_TYPE = "media_type"
    LIMITED = "limited"
    UPSTREAM = "upstream"
    UPSTREAM_TIMEOUT = "upstream_timeout"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class FieldIssue:
    """One field of a request and what is wrong with it."""

    field: str
    message: str


class PlatformError(Exception):
    """A failure with a promised code; subclasses say which."""

    code: ClassVar[str]
    kind: ClassVar[Kind]

    def __init__(self, message: str, *, details: Sequence[FieldIssue] = (), retry_after: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
        self.retry_after = retry_after


class CannotStart(Exception):
    """The platform cannot start as it is set up; the message says what to change, in one sentence."""


class ValidationFailed(PlatformError):
    """The request does not say something we can act on."""

    code = "VALIDATION_ERROR"
    kind = Kind.INVALID

    @classmethod
    def of(cls, field: str, message: str) -> ValidationFailed:
        """Blame one field."""
        return cls(f"{field}: {message}", details=[FieldIssue(field, message)])


class NotFound(PlatformError):
    """There is no such thing, or it is not the caller's to see: the same answer for both."""

    code = "NOT_FOUND"
    kind = Kind.NOT_FOUND

    def __init__(self, message: str = "Not found, or not shared with you.") -> None:
        super().__init__(message)


class MethodNotAllowed(PlatformError):
    """The path exists, the method on it does not."""

    code = "METHOD_NOT_ALLOWED"
    kind = Kind.METHOD


class PayloadTooLarge(PlatformError):
    """The body is larger than this path takes."""

    code = "PAYLOAD_TOO_LARGE"
    kind = Kind.TOO_LARGE


class UnsupportedMediaType(PlatformError):
    """The content is of a type this path does not read."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    kind = Kind.MEDIA_TYPE


class PreconditionFailed(PlatformError):
    """The thing has changed since the version the caller named."""

    code = "PRECONDITION_FAILED"
    kind = Kind.STALE


class SlugConflict(PlatformError):
    """Another thing of this kind already answers to that slug."""

    code = "SLUG_CONFLICT"
    kind = Kind.CONFLICT


class QuotaExceeded(PlatformError):
    """No more of this fits into what is granted; something must go first, or more be granted."""

    code = "QUOTA_EXCEEDED"
    kind = Kind.LIMITED


class PermissionDenied(PlatformError):
    """The caller may see this but not do it."""

    code = "AUTHZ_PERMISSION_DENIED"
    kind = Kind.FORBIDDEN


class InternalFault(PlatformError):
    """Something of ours failed; the request id is the way to the log."""

    code = "INTERNAL_ERROR"
    kind = Kind.INTERNAL


class Unavailable(PlatformError):
    """A part the request needs is away; trying again later may work."""

    code = "SERVICE_UNAVAILABLE"
    kind = Kind.UNAVAILABLE
