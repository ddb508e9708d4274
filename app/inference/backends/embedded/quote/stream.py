"""Ground floor, inference: an answer on its way to the caller, a few words at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from app.inference.backends.embedded.quote.written import Written
from app.inference.ports import Usage


class QuoteStream:
    """The frames of one answer; stopping it loses nothing but the frames not yet asked for."""

    def __init__(self, written: Written, *, include_usage: bool) -> None:
        self._written = written
        self._frames = written.frames(include_usage=include_usage)
        self._closed = False
        self.usage: Usage | None = None
        self.frames = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield one frame at a time, giving way to others between two."""
        for frame in self._frames:
            await asyncio.sleep(0)
            if self._closed:
                return
            self.frames += 1
            yield frame
        self.usage = self._written.usage

    async def aclose(self) -> None:
        """Send nothing more."""
        self._closed = True
