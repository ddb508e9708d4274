"""Knowing, pipeline: how much text a process works on at once, however many documents it has in hand."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

MOST = 64 * 2**20  # bytes


@dataclass(slots=True)
class Share:
    """What one document has of the room, from before its text is read until it is cut."""

    room: TextRoom
    size: int

    def becomes(self, size: int) -> None:
        """Say how large it is, once that is known; it is not sent away for it."""
        self.room.give(size - self.size)
        self.size = size

    def leave(self) -> None:
        """Make room for others; harmless to repeat."""
        self.becomes(0)


@dataclass(slots=True)
class TextRoom:
    """Lets texts in, first come, first served; one that is larger than all of it has it alone."""

    most: int = MOST
    _taken: int = 0
    _waiting: deque[tuple[int, asyncio.Future[None]]] = field(default_factory=deque)

    @asynccontextmanager
    async def share(self, size: int) -> AsyncIterator[Share]:
        """Wait for room for a text that is expected to be so large."""
        if size > 0:
            await self._enter(size)
        share = Share(self, size)
        try:
            yield share
        finally:
            share.leave()

    def give(self, more: int) -> None:
        """Count more of it as taken, or less; whoever fits now may come in."""
        self._taken += more
        while self._waiting and (self._waiting[0][1].done() or self._fits(self._waiting[0][0])):
            size, entering = self._waiting.popleft()
            if not entering.done():
                self._taken += size
                entering.set_result(None)

    def _fits(self, size: int) -> bool:
        return not self._taken or self._taken + size <= self.most

    async def _enter(self, size: int) -> None:
        if not self._waiting and self._fits(size):
            self._taken += size
            return
        entering: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, entering))
        try:
            await entering
        except asyncio.CancelledError:
            # Let in and called off in the same moment: what it was given goes back; and the next may fit.
            self.give(-size if entering.done() and not entering.cancelled() else 0)
            raise
