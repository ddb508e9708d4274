"""Roof, HTTP: one connection; heads of requests are read within bounds, for they are read before anybody is asked."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 512 * 1024  # generous: what is read at once may hold the end of another request too
HEAD_SECONDS = 30.0


class BoundedConnection(HttpToolsProtocol):
    """Gives up on whoever sends a head without an end, fast or slowly."""

    head_seconds = HEAD_SECONDS
    _held = 0
    _between = False  # the last request has come to its end, and no other has begun
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is still not whole must not grow without end."""
        # Whatever comes ends the wait for another request; empty lines before one do not begin it.
        if self._between and getattr(self.cycle, "response_complete", True):
            self._await_head()
        super().data_received(data)
        if self._waiting is None:
            return
        self._held += len(data)
        if self._held > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._between = False
        super().on_message_begin()
        self._await_head()

    def on_message_complete(self) -> None:
        """It has come to its end."""
        super().on_message_complete()
        self._between = True

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._stop_waiting()
        super().on_headers_complete()

    def _await_head(self) -> None:
        if self._waiting is None:
            self._held = 0
            self._waiting = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
