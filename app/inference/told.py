"""Ground floor, inference: a stream that tells what is being done before its answer begins."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Protocol


class Frames(Protocol):
    """What is sent, piece by piece; closing it settles what it cost."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield whole frames."""

    async def aclose(self) -> None:
        """Let go of what is behind the frames; harmless when repeated."""


class News:
    """Events on their way to whoever waits for an answer; when the first has come, the stream has begun."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._come = asyncio.Event()

    def tell(self, event: bytes) -> None:
        """Send an event as soon as possible."""
        self._waiting.append(event)
        self._come.set()

    async def next(self) -> bytes:
        """All that has come, once there is any."""
        await self._come.wait()
        self._come.clear()
        events = b"".join(self._waiting)
        self._waiting.clear()
        return events

    async def before(self, opening: asyncio.Task[Frames]) -> bytes:
        """What comes while a stream is being opened; nothing once it is open, or cannot be."""
        coming = asyncio.ensure_future(self.next())
        try:
            await asyncio.wait({coming, opening}, return_when=asyncio.FIRST_COMPLETED)
            return coming.result() if coming.done() else b""
        finally:
            coming.cancel()


class ToldFrames:
    """News first, and then the frames; what goes wrong in between is raised by the frames."""

    def __init__(self, first: bytes, news: News, opening: asyncio.Task[Frames]) -> None:
        self._first, self._news, self._opening = first, news, opening
        self._frames: AsyncIterator[bytes] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """The next events or frames."""
        if self._first:
            first, self._first = self._first, b""
            return first
        if self._frames is None:
            if events := await self._news.before(self._opening):
                return events
            self._frames = aiter(await self._opening)
        return await anext(self._frames)

    async def aclose(self) -> None:
        """Stop the work, whether it has come to frames or not."""
        self._opening.cancel()
        await asyncio.wait({self._opening})
        if not self._opening.cancelled() and self._opening.exception() is None:
            await self._opening.result().aclose()


async def told(opening: asyncio.Task[Frames], news: News) -> Frames:
    """Frames as they were opened; if there is something to tell before, frames that begin with it."""
    try:
        first = await news.before(opening)
    except BaseException:
        opening.cancel()
        await asyncio.wait({opening})
        if not opening.cancelled() and opening.exception() is None:
            await opening.result().aclose()
        raise
    return ToldFrames(first, news, opening) if first else await opening
