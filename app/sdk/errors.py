"""SDK: what can go wrong, as classes; a server's refusal carries its code, sentence, details and request id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class ScaiGridError(Exception):
    """Anything that this client raises."""


class NotConfigured(ScaiGridError):
    """No key or no usable address was given."""


class Unreachable(ScaiGridError):
    """The server gave no answer."""


class BrokenOff(Unreachable):
    """An answer began and did not come to its end."""


class NotUnderstood(ScaiGridError):
    """What answered does not speak as ScaiGrid does."""


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong with one field of a request."""

    field: str
    message: str


class Refused(ScaiGridError):
    """The server did not do what it was asked for; `code` is the promise, `message` is for people."""

    def __init__(self, status: int, said: Mapping[str, Any], *, request_id: str | None, retry_after: float | None):
        self.status = status
        self.code = str(said.get("code") or f"HTTP_{status}")
        self.message = str(said.get("message") or f"The server answered {status}.")
        self.details: Sequence[Issue] = _issues(said.get("details"))
        self.request_id = request_id
        self.retry_after = retry_after
        super().__init__(f"{self.message} ({self.code})")


class Invalid(Refused):
    """Something about the request is wrong; `details` name the fields."""


class NotAllowed(Refused):
    """The key is not taken, or whoever owns it may not do this."""


class NotFound(Refused):
    """There is no such thing, or it is not shared with the owner of the key."""


class Conflict(Refused):
    """It does not go with how things are now."""


class RateLimited(Refused):
    """Too much in too short a time, or a budget is spent."""


class Unavailable(Refused):
    """Something that is needed is away."""


_CLASSES: Mapping[int, type[Refused]] = {
    400: Invalid,
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: RateLimited,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def refusal(status: int, body: Any, headers: Mapping[str, str]) -> Refused:
    """What a server said of why not."""
    whole = body if isinstance(body, Mapping) else {}
    error = whole.get("error")
    said = error if isinstance(error, Mapping) else {}
    made = _CLASSES.get(status, Refused)
    return made(status, said, request_id=headers.get("x-request-id"), retry_after=_seconds(headers.get("retry-after")))


def _seconds(said: str | None) -> float | None:
    """How long to wait; a date is not read: our server says seconds."""
    try:
        found = float(said) if said else None
    except ValueError:
        return None
    return found if found is not None and 0 <= found < float("inf") else None


def _issues(said: Any) -> Sequence[Issue]:
    listed = said if isinstance(said, list) else []
    found = [one for one in listed if isinstance(one, Mapping)]
    return tuple(Issue(str(one.get("field", "")), str(one.get("message", ""))) for one in found)
