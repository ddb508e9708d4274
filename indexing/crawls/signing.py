"""Knowing, crawls: whether a call that starts a crawl is signed with its secret, just now, and was not made before.

Two ways to sign are known: ours, which says when it was made, and that of GitHub's webhooks, which gives every call an
id of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass

FRESH_SECONDS = 300  # either way: clocks differ
SIGNATURE, TIMESTAMP = "x-scaigrid-signature", "x-scaigrid-timestamp"
HUB_SIGNATURE, HUB_DELIVERY = "x-hub-signature-256", "x-github-delivery"
_LONGEST = 200
_LONGEST_TIME = 12
_ENOUGH = _LONGEST_TIME + 1  # bytes, to see a time and its dot
_OURS = re.compile(rb"[0-9]{1,%d}\." % _LONGEST_TIME)
_SIGNED = "sha256="


@dataclass(frozen=True, slots=True)
class Signed:
    """How a call is signed: what is signed before its body, and by what it is known when it comes again."""

    offered: str
    before: bytes
    known_by: str

    @property
    def digest(self) -> str:
        """What is remembered of it."""
        return hashlib.sha256(self.known_by.encode()).hexdigest()


async def is_genuine(secret: str, signed: Signed, body: AsyncIterable[bytes]) -> bool:
    """Whether a signature is over this body, with this secret; the body is read piece by piece and not kept.

    A body that begins as what we have signed for would let a call of ours come again as one of GitHub's, however old.
    """
    mac, beginning = hmac.new(secret.encode(), signed.before, hashlib.sha256), b""
    async for piece in body:
        mac.update(piece)
        beginning = (beginning + piece[:_ENOUGH])[:_ENOUGH]
    matches = hmac.compare_digest(mac.hexdigest().encode(), signed.offered.lower().encode())
    return matches and (bool(signed.before) or _OURS.match(beginning) is None)


def read_signature(headers: Mapping[str, str], now: float) -> Signed | None:
    """How a call says it is signed; None where that could not be genuine, whatever its body is."""
    ours, theirs = headers.get(SIGNATURE), headers.get(HUB_SIGNATURE)
    if ours is not None:
        time = headers.get(TIMESTAMP, "")
        if not (_is_mac(ours) and _is_fresh(time, now)):
            return None
        # Of one moment and body there is one signature: it tells calls apart.
        return Signed(_mac(ours), f"{time}.".encode(), f"ours {_mac(ours).lower()}")
    delivery = headers.get(HUB_DELIVERY, "")
    if theirs is None or not (_is_mac(theirs) and 0 < len(delivery) <= _LONGEST):
        return None
    return Signed(_mac(theirs), b"", f"github {delivery}")


def _mac(header: str) -> str:
    return header.removeprefix(_SIGNED)


def _is_mac(header: str) -> bool:
    plain = _mac(header)
    return header.startswith(_SIGNED) and len(plain) == 64 and plain.isascii()


def _is_fresh(time: str, now: float) -> bool:
    return time.isascii() and time.isdigit() and len(time) <= _LONGEST_TIME and abs(now - int(time)) <= FRESH_SECONDS
