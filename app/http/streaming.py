"""Roof, HTTP: frames of an answer, sent as they come; whoever goes away stops the work behind them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.errors import InternalFault, PlatformError
from app.http.errors import STATUS_OF
from app.http.open_streams import OpenStreams
from app.http.openai_errors import openai_facts

T = TypeVar("T")
log = structlog.get_logger("streams")
DONE = b"data: [DONE]\n\n"
_HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a stream may be silent, and how long its last word may take."""

    heartbeat_seconds: float = 15.0
    last_word_seconds: float = 5.0


_PACE = Pace()


def error_event(error: PlatformError) -> bytes:
    """A failure in the middle of a stream: OpenAI's clients look at `error`, ours at `code` and `message`."""
    facts = openai_facts(error, STATUS_OF[error.kind])
    said = {"error": facts, "code": error.code, "message": error.message}
    return b"event: error\ndata: " + json.dumps(said, separators=(",", ":")).encode() + b"\n\n"


class FrameResponse(Response):
    """Streams frames and ends with [DONE], whatever happens in between."""

    def __init__(
        self,
        frames: AsyncIterator[bytes],
        streams: OpenStreams,
        bearer: str,
        headers: Mapping[str, str],
        pace: Pace = _PACE,
    ) -> None:
        self.status_code = 200
        self.background = None
        self.bearer = bearer
        self._frames = frames
        self._streams = streams
        self._reason: PlatformError | None = None
        self._pump: asyncio.Task[None] | None = None
        self._silent = False
        self._pace = pace
        self.init_headers({**headers, **_HEADERS})

    def stop(self, reason: PlatformError) -> None:
        """End soon, telling the client why."""
        if self._reason is None:
            self._reason = reason
            if self._pump is not None:
                self._pump.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send frames until they end, the client goes away or the right to them ends."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        self._pump = asyncio.create_task(self._send_frames(send))
        self._streams.add(self)
        gone = asyncio.create_task(until_gone(receive))
        try:
            beat = self._pace.heartbeat_seconds
            while not self._pump.done() and not gone.done():
                await asyncio.wait({self._pump, gone}, timeout=beat, return_when=asyncio.FIRST_COMPLETED)
                await self._beat(send)
            left = gone.done()
        finally:
            self._streams.remove(self)
            gone.cancel()
            self._pump.cancel()
            await asyncio.gather(self._pump, gone, return_exceptions=True)
        if not left:
            await self._end(send)

    async def _beat(self, send: Send) -> None:
        """Keep a silent stream from being closed on its way."""
        silent, self._silent = self._silent, True
        if silent and self._pump is not None and not self._pump.done():
            await send({"type": "http.response.body", "body": b": keep-alive\n\n", "more_body": True})

    async def _send_frames(self, send: Send) -> None:
        try:
            async for frames in self._frames:
                self._silent = False
                await send({"type": "http.response.body", "body": frames, "more_body": True})
        except PlatformError as error:
            self._reason = error
        finally:
            close = getattr(self._frames, "aclose", None)
            if close is not None:
                await close()

    async def _end(self, send: Send) -> None:
        if self._reason is None and self._pump is not None and fault_of(self._pump) is not None:
            log.error("stream_failed", exc_info=fault_of(self._pump))
            self._reason = InternalFault("Something on our side failed while answering.")
        last = DONE if self._reason is None else error_event(self._reason) + DONE
        with suppress(TimeoutError):  # a client that reads no more is left to the server, which closes
            async with asyncio.timeout(self._pace.last_word_seconds):
                await send({"type": "http.response.body", "body": last, "more_body": False})


async def until_gone(receive: Receive) -> None:
    """Return when the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """Do the work of an answer; if the client goes away first, stop it and return None."""
    doing = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(until_gone(request.receive))
    try:
        await asyncio.wait({doing, gone}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        return None
    finally:
        gone.cancel()
        if not doing.done():
            doing.cancel()
        await asyncio.gather(doing, gone, return_exceptions=True)


def fault_of(task: asyncio.Task[None]) -> BaseException | None:
    """What a finished task failed with, if it did."""
    return None if task.cancelled() else task.exception()
