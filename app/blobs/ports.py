"""Ground floor, blobs: where bytes are kept, whoever keeps them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

_KEY = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class Written:
    """What was kept of a stream."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Span:
    """Some bytes of a blob: from `first` on, so many, of which there is one at least."""

    first: int
    length: int


@dataclass(frozen=True, slots=True)
class Kept:
    """One blob of a listing."""

    key: str
    size_bytes: int
    changed_at: datetime


class BlobStore(Protocol):
    """Keeps bytes under a key: segments of letters, digits, `-` and `_`, separated by `/`.

    Failures of the store are StorageError, nothing else. Whoever reads while a blob is replaced gets the one or the
    other whole.
    """

    async def put(self, key: str, data: bytes, *, lasting: bool = True) -> None:
        """Keep these bytes, in place of what was there; they outlive a power cut when this returns.

        What need not be `lasting` may come out of a power cut in pieces: whoever reads it can tell, and make it anew.
        """

    async def put_stream(self, key: str, parts: AsyncIterator[bytes]) -> Written:
        """Keep what a stream brings, never whole in memory; if it breaks off, nothing of it is kept."""

    async def get(self, key: str) -> bytes | None:
        """Return what is kept, None if nothing is."""

    def read(self, key: str, span: Span | None = None) -> AbstractAsyncContextManager[AsyncIterator[bytes] | None]:
        """Read what is kept, or some bytes of it, piece by piece, never whole in memory; None if nothing is."""

    def as_file(self, key: str) -> AbstractAsyncContextManager[Path | None]:
        """Give a file of this machine with what is kept, until the block ends; it must not be changed."""

    async def copy(self, source: str, target: str) -> bool:
        """Keep the same under another key too, without moving it through this process; False if nothing is kept."""

    async def delete(self, key: str) -> bool:
        """Keep nothing any more; says whether something was kept."""

    def keys(self, prefix: str) -> AsyncIterator[Kept]:
        """Every blob under a key, and the one of that key itself; all of them under "". In no order."""

    async def sweep(self) -> int:
        """Clear away what writings that broke off have left; says how many there were. Never what is being written."""

    async def answers(self) -> None:
        """Return if blobs can be kept and read now."""

    async def aclose(self) -> None:
        """Let go of connections."""


def is_key(text: str) -> bool:
    """Whether a blob may be kept under this."""
    return _KEY.fullmatch(text) is not None


def checked_key(key: str) -> str:
    """Return a key that may name a blob; any other is a fault of ours."""
    if not is_key(key):
        raise ValueError(f"{key!r} is no key of a blob")
    return key


def checked_prefix(prefix: str) -> str:
    """Return what keys may begin with: whole segments, with or without a `/` at the end, or nothing."""
    return checked_key(prefix.removesuffix("/")) if prefix else ""


async def gathered(parts: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """The same bytes in pieces of one size, the last one smaller; a store pays for each."""
    held = bytearray()
    async for part in parts:
        given = memoryview(part)
        while given:
            taken = given[: size - len(held)]
            held += taken
            given = given[len(taken) :]
            if len(held) == size:
                yield bytes(held)
                held.clear()
    if held:
        yield bytes(held)
