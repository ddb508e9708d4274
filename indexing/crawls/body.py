"""Knowing, crawls: what a page brought, in memory while it is small, then in a file that goes when it is closed."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile

from app.blobs.threads import on_thread

LOOKED_AT = 1024  # bytes of the beginning, to tell what it is
_IN_MEMORY = 1 << 20
_PIECE = 1 << 18


class Body:
    """Bytes as they were read, unpacked; whoever has one closes it."""

    def __init__(self) -> None:
        self.size = 0
        self.beginning = b""
        self._hash = hashlib.sha256()
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by whoever has the body

    @property
    def sha256(self) -> str:
        """The hash of all of it."""
        return self._hash.hexdigest()

    async def add(self, piece: bytes) -> None:
        """Keep one more piece."""
        if len(self.beginning) < LOOKED_AT:
            self.beginning = (self.beginning + piece[:LOOKED_AT])[:LOOKED_AT]
        self.size += len(piece)
        self._hash.update(piece)
        if self.size <= _IN_MEMORY:
            self._file.write(piece)
        else:
            await on_thread(lambda: self._file.write(piece))

    def read(self, most: int = -1) -> bytes:
        """Return the beginning of it, or all; blocks where it is in a file."""
        self._file.seek(0)
        return self._file.read(most)

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield all of it piece by piece."""
        at = 0
        while piece := await self._at(at):
            at += len(piece)
            yield piece

    async def _at(self, at: int) -> bytes:
        def read() -> bytes:
            self._file.seek(at)
            return self._file.read(_PIECE)

        return read() if self.size <= _IN_MEMORY else await on_thread(read)

    def close(self) -> None:
        """Let go of it; harmless when repeated."""
        self._file.close()
