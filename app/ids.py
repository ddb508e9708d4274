"""Ground floor: prefixed, sortable identifiers."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: sorts as it counts
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]  # two digits at a time: ids are made for every chunk
_RANDOM_BITS = 80
_lock = threading.Lock()
_last = 0


def new_id(prefix: str) -> str:
    """Make an identifier such as `doc_01JZ4K9V8T…`; later ones of one process sort after earlier ones."""
    global _last  # noqa: PLW0603 - the one counter that keeps ids of a millisecond in order
    fresh = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    with _lock:
        _last = fresh if fresh > _last else _last + 1
        number = _last
    return f"{prefix}_{_base32(number)}"


def first_id_at(prefix: str, moment: datetime) -> str:
    """The smallest identifier that could have been made at a moment: all made earlier sort before it."""
    return f"{prefix}_{_base32(int(moment.timestamp() * 1000) << _RANDOM_BITS)}"


def reckoned_id(prefix: str, *parts: object) -> str:
    """The same identifier for the same parts, in every process and at any time; it sorts by nothing."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return f"{prefix}_{_base32(int.from_bytes(digest) >> (256 - 48 - _RANDOM_BITS))}"


def _base32(number: int) -> str:
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])
