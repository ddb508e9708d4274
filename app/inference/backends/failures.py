"""Ground floor, inference: the failures of a model server in our words; never its own, nor its address or key."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

import httpx

from app.inference.errors import (
    BackendError,
    BackendFailure,
    BackendRateLimited,
    BackendRefused,
    BackendTimeout,
    UpstreamShapeMismatch,
)
from app.outbound.errors import Fault, OutboundFailed, OutboundRefused

_LONGEST_WAIT_S = 24 * 3600
_REFUSALS = frozenset({400, 413, 422})
_SENTENCES = {
    401: "The backend does not accept our credentials.",
    403: "The backend does not accept our credentials.",
    404: "The backend does not know the model or the path.",
}
_DRIVER = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict)


@contextmanager
def failures_translated() -> Iterator[None]:
    """Let nothing but our own errors out."""
    try:
        yield
    except (*_DRIVER, OutboundRefused, OutboundFailed, TimeoutError) as failure:
        raise translated(failure) from None


def translated(failure: Exception) -> BackendFailure:
    """Say what the driver raised in our words."""
    if isinstance(failure, httpx.TimeoutException | TimeoutError):
        return took_too_long()
    if isinstance(failure, OutboundFailed):
        return took_too_long() if failure.fault is Fault.TIMEOUT else unreachable()
    if isinstance(failure, httpx.RemoteProtocolError | httpx.DecodingError):
        return BackendError("The backend broke off before its answer was whole.")
    if isinstance(failure, OutboundRefused):
        return BackendError("The backend is configured at an address that is never called.")
    return unreachable()


def failure_of_status(status: int, headers: Mapping[str, str]) -> BackendFailure:
    """Say what a status other than 200 means."""
    if status == 429:
        return BackendRateLimited("The backend asks for fewer requests.", retry_after=retry_after(headers))
    if status in _REFUSALS:
        return BackendRefused("The backend refuses this request as it stands.")
    if status in {408, 504}:
        return took_too_long()
    if status < 400:
        return UpstreamShapeMismatch("The backend answered with a redirect or with nothing.")
    return BackendError(_SENTENCES.get(status, "The backend failed."))


def took_too_long() -> BackendTimeout:
    """The one sentence about time."""
    return BackendTimeout("The backend took longer than its limit.")


def unreachable() -> BackendError:
    """The one sentence about connections."""
    return BackendError("The backend could not be reached.")


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Read how many seconds to wait, said in seconds, milliseconds or as a date; None when it is not said."""
    seconds = _number(headers.get("retry-after-ms", ""), 0.001)
    if seconds is None:
        seconds = _number(headers.get("retry-after", ""), 1)
    if seconds is None:
        seconds = _until(headers.get("retry-after", ""), headers.get("date", ""))
    return None if seconds is None else min(max(math.ceil(seconds), 0), _LONGEST_WAIT_S)


def _number(text: str, unit: float) -> float | None:
    try:
        number = float(text) * unit
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until(text: str, said_at: str) -> float | None:
    """Prefer the server's own clock, which its date is meant by, to ours."""
    moment = _moment(text)
    if moment is None:
        return None
    now = _moment(said_at)
    return moment - (time.time() if now is None else now)


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
