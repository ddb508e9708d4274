"""Ground floor, blobs: where bytes are kept, whoever keeps them."""

from __future__ import annotations

import re
from typing import Protocol

_KEY = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


class BlobStore(Protocol):
    """Keeps bytes under a key: segments of letters, digits, `-` and `_`, separated by `/`."""

    async def put(self, key: str, data: bytes) -> None:
        """Keep these bytes, in place of what was there; whoever reads meanwhile gets the one or the other whole."""

    async def get(self, key: str) -> bytes | None:
        """Return what is kept, None if nothing is."""

    async def delete(self, key: str) -> None:
        """Keep nothing any more; nothing happens if nothing was kept."""


def checked_key(key: str) -> str:
    """Return a key that may name a blob; any other is a fault of ours."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of a blob")
    return key
