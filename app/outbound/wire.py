"""Ground floor, outbound: one HTTP/1.1 connection, read as it comes.

httpx's own transport (anyio and h11) costs a third of a millisecond more for a streamed answer and hands on one
piece per chunk; here everything that has arrived is one piece, so a burst of frames is handled once.
"""

from __future__ import annotations

import asyncio
from typing import cast

import httptools
import httpx

MAX_HEAD = 64 * 1024
_HIGH_WATER = 256 * 1024


class Connection(asyncio.Protocol):
    """Asks one request at a time and gives its answer in pieces; raises httpx's exceptions."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._fault: Exception | None = None
        self._closed = False
        self.idle_timer: asyncio.TimerHandle | None = None
        self._begin(head_only=False)

    def _begin(self, *, head_only: bool) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []
        self._held = 0
        self._barren = 0
        self._listed = 0
        self._head_only = head_only
        self._framed = False
        self._lasting = False
        self._headed = False
        self._ended = False
        self._heard = False

    def ask(self, request: bytes, *, head_only: bool) -> None:
        """Send a whole request; only on a connection that is `free`."""
        self._begin(head_only=head_only)
        self._parser = httptools.HttpResponseParser(self)
        if self._transport is not None:
            self._transport.write(request)

    async def head(self, timeout_s: float | None) -> None:
        """Wait until `status` and `headers` are there."""
        while not self._headed:
            self._raise_if_over()
            await self._wait(timeout_s)

    async def piece(self, timeout_s: float | None) -> bytes:
        """Return all of the body that has come since the last call; empty at its end."""
        while not self._pieces:
            if self._ended:
                return b""
            self._raise_if_over()
            await self._wait(timeout_s)
        data = b"".join(self._pieces)
        self._pieces.clear()
        if self._held > _HIGH_WATER and not self._closed and self._transport is not None:
            self._transport.resume_reading()
        self._held = 0
        return data

    @property
    def free(self) -> bool:
        """Whether the next request may use it."""
        return self._ended and self._lasting and not self._pieces and self.open

    @property
    def open(self) -> bool:
        """Whether the other side still holds it, as far as we have heard."""
        return not self._closed and self._fault is None

    @property
    def unheard(self) -> bool:
        """Whether not one byte of an answer came: the request met a connection that was being closed."""
        return not self._heard

    def abort(self) -> None:
        """Drop it at once, whatever is under way."""
        self._closed = True
        self._fault = self._fault or httpx.ReadError("the connection was dropped from our side")
        if self._transport is not None:
            self._transport.abort()

    def _raise_if_over(self) -> None:
        if self._fault is not None:
            raise self._fault
        if self._closed:
            raise httpx.RemoteProtocolError("the connection was closed before the answer was whole")

    async def _wait(self, timeout_s: float | None) -> None:
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        timer = None if timeout_s is None else loop.call_later(timeout_s, _give_up, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, fault: Exception) -> None:
        self._fault = self._fault or fault
        self.abort()

    # What asyncio tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket's side."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; wake who waits once for all that came."""
        if self._ended or self._parser is None:
            # Nothing was asked: whatever this is, it must not become the answer to the next request.
            self._fail(httpx.RemoteProtocolError("an answer came that nobody asked for"))
            return
        self._heard = True
        before = self._held
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not self._ended:
                self._fail(httpx.RemoteProtocolError("the answer is not HTTP, or its head is too large"))
        # Heads and trailers are collected by the parser, which knows no limit.
        self._barren = 0 if self._held > before else self._barren + len(data)
        if self._barren > MAX_HEAD and not self._ended:
            self._fail(httpx.RemoteProtocolError("the answer's head or trailer is too large"))
        if self._held > _HIGH_WATER and not self._closed and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell an end that means "that was all" from one that came too early."""
        self._closed = True
        if exc is not None:
            self._fault = self._fault or httpx.ReadError("the connection broke")
        if self._headed and not self._framed and self._fault is None:
            self._ended = True
        self._wake()

    # What the parser tells.

    def on_message_begin(self) -> None:
        """Notice a second answer behind the one that was asked for."""
        if self._ended:
            self._lasting = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect the head; trailers are nobody's."""
        if self._headed:
            return
        name = name.lower()
        self._listed += len(name) + len(value)
        if self._listed > MAX_HEAD:
            raise httptools.HttpParserError("too large")
        self.headers.append((name, value))
        if name in {b"content-length", b"transfer-encoding"}:
            self._framed = True

    def on_headers_complete(self) -> None:
        """Know the status, and whether a body follows."""
        if self._parser is None:
            return
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        self._headed = True
        if self._head_only:
            # The parser cannot be told that no body follows, so the connection is not used again.
            self._ended = True
            return
        self._framed = self._framed or self.status in {204, 304}
        # Asked here because the parser has forgotten it by the end of the answer.
        self._lasting = self._framed and self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        """Keep a piece until it is asked for."""
        if not self._ended:
            self._pieces.append(data)
            self._held += len(data)

    def on_message_complete(self) -> None:
        """End the answer, or go on from a 1xx to the answer itself."""
        if not self._headed:
            self.headers.clear()
            self._framed = False
        else:
            self._ended = True


def _give_up(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(httpx.ReadTimeout("no data within the time allowed"))
