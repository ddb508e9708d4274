"""Ground floor, inference: an open streamed answer, whatever protocol it is read from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Protocol, cast

import httpx

from app.inference.backends.errand import wait_at_most
from app.inference.backends.failures import translated
from app.inference.errors import UpstreamShapeMismatch
from app.inference.ports import Usage

_PARTING_S = 0.05


class Frames(Protocol):
    """Makes a protocol's bytes into whole frames, and keeps count."""

    usage: Usage | None
    passed: int
    done: bool  # the answer has said that it is over
    finished: bool  # the model has nothing more to say, though the usage may follow

    def feed(self, data: bytes) -> bytes:
        """Return every frame that is complete now."""

    def end(self) -> bytes:
        """Return what is left, once more until nothing is; raise if the answer had not ended."""


class FrameStream:
    """Passes a server's frames on as bytes, as many at once as have arrived."""

    def __init__(self, response: httpx.Response, frames: Frames, *, read_timeout_s: float) -> None:
        self._response = response
        self._pieces = aiter(cast("httpx.AsyncByteStream", response.stream))
        self._frames = frames
        self._read_timeout_s = read_timeout_s
        self._waiting = b""
        self._over = False

    async def begin(self) -> None:
        """Wait for the first frame, so that a failure before it can still be another backend's turn."""
        try:
            self._waiting = await self._next()
        except StopAsyncIteration:
            raise UpstreamShapeMismatch("The backend's streamed answer holds no frame.") from None
        wait_at_most(self._response, self._read_timeout_s)

    @property
    def usage(self) -> Usage | None:
        """What the backend says the call took; None until it has said so."""
        return self._frames.usage

    @property
    def frames(self) -> int:
        """How many frames have been passed on."""
        return self._frames.passed

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """Return one or more complete frames."""
        if self._waiting:
            first, self._waiting = self._waiting, b""
            return first
        return await self._next()

    async def aclose(self) -> None:
        """Close the connection, unless the answer has been read to its end."""
        self._over = True
        await self._response.aclose()

    async def _next(self) -> bytes:
        try:
            while not self._over:
                if self._frames.done:
                    await self._part()
                    break
                piece = await self._read()
                out = self._frames.feed(piece) if piece else self._frames.end()
                if out:
                    return out
                self._over = not piece
        except BaseException:
            await self.aclose()
            raise
        await self.aclose()
        raise StopAsyncIteration

    async def _read(self) -> bytes:
        try:
            return await anext(self._pieces, b"")
        except httpx.TransportError as failure:
            if self._over:
                raise StopAsyncIteration from None
            # What the model had to say is complete; that the server then parted rudely changes nothing.
            if self._frames.finished and not isinstance(failure, httpx.TimeoutException):
                return b""
            raise translated(failure) from None

    async def _part(self) -> None:
        """Read what is left behind [DONE], so that the connection can be used again."""
        wait_at_most(self._response, _PARTING_S)
        with suppress(httpx.TransportError):
            await anext(self._pieces, b"")
