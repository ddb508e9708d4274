"""Ground floor, directory: whether an event is ScaiKey's own, and from just now; pure."""

from __future__ import annotations

import hashlib
import hmac

FRESH_SECONDS = 300  # either way: clocks differ
_LONGEST = 2_000
_MOST_OFFERED = 10


def is_genuine(secret: str, header: str, body: bytes, now: float) -> bool:
    """Whether one of the signatures in `t=<unix>,v1=<hex>,…` is over this body, with this secret and a fresh time."""
    parts = [part.strip().partition("=") for part in header[:_LONGEST].split(",")]
    times = [value for name, _, value in parts if name == "t"]
    offered = [value for name, _, value in parts if name == "v1"][:_MOST_OFFERED]
    if len(times) != 1 or not _is_fresh(times[0], now):
        return False
    wanted = hmac.new(secret.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    matches = [hmac.compare_digest(wanted, value.lower().encode()) for value in offered]
    return any(matches)


def is_fresh(header: str, now: float) -> bool:
    """Whether it is worth reading the body: a header with a time that is not too far from now."""
    times = [part.strip()[2:] for part in header[:_LONGEST].split(",") if part.strip().startswith("t=")]
    return len(times) == 1 and _is_fresh(times[0], now)


def _is_fresh(time: str, now: float) -> bool:
    return time.isascii() and time.isdigit() and len(time) <= 12 and abs(now - int(time)) <= FRESH_SECONDS
