"""Roof, HTTP: frames of an answer, sent as they come; whoever goes away stops the work behind them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.errors import InternalFault, PlatformError
from app.http.errors import STATUS_OF
from app.http.open_streams import OpenStreams, Right
from app.http.openai_errors import openai_facts

log = structlog.get_logger("streams")

T = TypeVar("T")
DONE = b"data: [DONE]\n\n"
_HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a stream says that it lives, and how long its last word may take."""

    heartbeat_seconds: float = 15.0
    last_word_seconds: float = 2.0


_PACE = Pace()


class Frames(Protocol):
    """What is sent, piece by piece; closing it settles what it cost, whether or not anything was taken of it."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield whole frames."""

    async def aclose(self) -> None:
        """Let go of what is behind the frames; harmless when repeated."""


def error_event(error: PlatformError) -> bytes:
    """A failure in the middle of a stream: OpenAI's clients look at `error`, ours at `code` and `message`."""
    facts = openai_facts(error, STATUS_OF[error.kind])
    said = {"error": facts, "code": error.code, "message": error.message}
    return b"event: error\ndata: " + json.dumps(said, separators=(",", ":")).encode() + b"\n\n"


class FrameResponse(Response):
    """Streams frames and ends as its surface ends streams, whatever happens in between."""

    beginning = b""  # before the first frame
    ending = DONE  # that no more will come

    def __init__(
        self, frames: Frames, streams: OpenStreams, right: Right, headers: Mapping[str, str], pace: Pace = _PACE
    ) -> None:
        self.status_code = 200
        self.background = None
        self.right = right
        self._frames = frames
        self._streams = streams
        self._reason: PlatformError | None = None
        self._pump: asyncio.Task[None] | None = None
        self._sending_since: float | None = None
        self._pace = pace
        self.init_headers({**headers, **_HEADERS})

    @property
    def unread_seconds(self) -> float:
        """How long the client has not been taking what is sent."""
        return 0.0 if self._sending_since is None else time.monotonic() - self._sending_since

    def stop(self, reason: PlatformError) -> None:
        """End soon, telling the client why."""
        if self._reason is None:
            self._reason = reason
            if self._pump is not None:
                self._pump.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send frames until they end, the client goes away or the right to them ends."""
        try:
            left = await self._sent(receive, send)
        finally:
            # Also where not one frame was asked for: whatever was opened is closed and accounted.
            await self._frames.aclose()
        if not left:
            await self._end(send)

    async def _sent(self, receive: Receive, send: Send) -> bool:
        """Send frames; says whether the client went away."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        self._pump = asyncio.create_task(self._send_frames(send))
        gone = asyncio.create_task(until_gone(receive))
        with self._streams.watching(self):
            try:
                while not self._pump.done() and not gone.done():
                    await self._next(gone, send)
                return gone.done()
            finally:
                gone.cancel()
                self._pump.cancel()
                await asyncio.gather(self._pump, gone, return_exceptions=True)

    async def _next(self, gone: asyncio.Task[None], send: Send) -> None:
        """Wait for the end, or one beat: then the stream says that it lives, between two frames."""
        if self._pump is None:
            return
        ends = {self._pump, gone}
        await asyncio.wait(ends, timeout=self._pace.heartbeat_seconds, return_when=asyncio.FIRST_COMPLETED)
        if self._sending_since is None and not any(end.done() for end in ends):
            await send({"type": "http.response.body", "body": b": keep-alive\n\n", "more_body": True})

    async def _send_frames(self, send: Send) -> None:
        try:
            if self.beginning:
                await self._send_frame(self.beginning, send)
            async for frames in self._frames:
                await self._send_frame(frames, send)
        except PlatformError as error:
            self._reason = error

    async def _send_frame(self, frames: bytes, send: Send) -> None:
        self._sending_since = time.monotonic()
        await send({"type": "http.response.body", "body": frames, "more_body": True})
        self._sending_since = None

    async def _end(self, send: Send) -> None:
        fault = None if self._pump is None else fault_of(self._pump)
        if self._reason is None and fault is not None:
            log.error("stream_failed", exc_info=fault)
            self._reason = InternalFault("Something on our side failed while answering.")
        last = self.ending if self._reason is None else error_event(self._reason) + self.ending
        with suppress(TimeoutError):  # who takes nothing is not waited for either
            async with asyncio.timeout(self._pace.last_word_seconds):
                await send({"type": "http.response.body", "body": last, "more_body": False})


class EventResponse(FrameResponse):
    """Streams events; that the last one has been sent is seen by the end alone."""

    beginning = b"retry: 3000\n\n"  # milliseconds until whoever is cut off comes back
    ending = b""


@dataclass(slots=True, eq=False)
class WholeAnswer:
    """Work for an answer in one piece; it too ends when the right to it ends."""

    right: Right
    doing: asyncio.Future[Any]
    reason: PlatformError | None = None
    unread_seconds: float = 0.0

    def stop(self, reason: PlatformError) -> None:
        """Break the work off."""
        if self.reason is None and self.doing.cancel():
            self.reason = reason


async def until_gone(receive: Receive) -> None:
    """Return when the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def unless_gone(request: Request, work: Coroutine[Any, Any, T], streams: OpenStreams, right: Right) -> T | None:
    """Do the work of an answer; if the client goes away first, stop it and return None."""
    doing = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(until_gone(request.receive))
    answer = WholeAnswer(right, doing)
    try:
        with streams.watching(answer, until_stop=False):
            await asyncio.wait({doing, gone}, return_when=asyncio.FIRST_COMPLETED)
        if answer.reason is not None:
            raise answer.reason
        return doing.result() if doing.done() else None
    finally:
        gone.cancel()
        if not doing.done():
            doing.cancel()
        await asyncio.gather(doing, gone, return_exceptions=True)


def fault_of(task: asyncio.Task[None]) -> BaseException | None:
    """What a finished task failed with, if it did."""
    return None if task.cancelled() else task.exception()
