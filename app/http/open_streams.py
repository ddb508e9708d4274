"""Roof, HTTP: the answers that are being streamed, and what ends them early.

A stream ends when the right to it ends: whoever was suspended or lost their key is cut off within two seconds. When
the server stops, open streams are told before they are closed.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Protocol

import structlog

from app.errors import PlatformError, Unavailable
from app.identity.credentials import Credentials
from app.identity.errors import TokenInvalid
from app.telemetry.metrics import OPEN_STREAMS

log = structlog.get_logger("streams")
_LOOK_SECONDS = 1.0


class Stoppable(Protocol):
    """A stream that can be told to end."""

    @property
    def bearer(self) -> str:
        """The credential it was opened with."""

    def stop(self, reason: PlatformError) -> None:
        """End soon, telling the client why."""


@dataclass(slots=True, eq=False)
class OpenStreams:
    """Knows every open stream of this process."""

    credentials: Credentials
    _open: set[Stoppable] = field(default_factory=set)
    _stopping: bool = False

    def add(self, stream: Stoppable) -> None:
        """Watch a stream."""
        self._open.add(stream)
        OPEN_STREAMS.inc()
        if self._stopping:
            stream.stop(server_stopping())

    def remove(self, stream: Stoppable) -> None:
        """Forget a stream that has ended."""
        self._open.discard(stream)
        OPEN_STREAMS.dec()

    def stop_all(self) -> None:
        """Tell every stream that the server stops."""
        self._stopping = True
        for stream in tuple(self._open):
            stream.stop(server_stopping())

    async def watch(self) -> None:
        """Look after the rights of open streams until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            streams = tuple(self._open)
            if streams:
                await asyncio.gather(*(self._look(stream) for stream in streams))

    async def _look(self, stream: Stoppable) -> None:
        try:
            if not await self.credentials.still_good(stream.bearer):
                stream.stop(TokenInvalid())
        except PlatformError as error:
            # Not knowing is not a yes: a stream whose rights cannot be checked ends.
            stream.stop(error)


def server_stopping() -> PlatformError:
    """What open streams are told at the end."""
    return Unavailable("The server is stopping; ask again in a moment.", retry_after=5)


def on_stop_signal(deed: Callable[[], None]) -> Callable[[], None]:
    """Do something as soon as this process is told to stop; returns what undoes it."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    loop = asyncio.get_running_loop()
    undoing = [_chain(number, lambda: loop.call_soon_threadsafe(deed)) for number in (signal.SIGINT, signal.SIGTERM)]

    def undo() -> None:
        for step in undoing:
            step()

    return undo


def _chain(number: int, deed: Callable[[], object]) -> Callable[[], None]:
    """Put a deed before what a signal already does; where it does nothing of a server's, leave it alone."""
    before: Any = signal.getsignal(number)
    if not callable(before) or before is signal.default_int_handler:
        return lambda: None

    def chained(received: int, frame: FrameType | None) -> None:
        deed()
        before(received, frame)

    signal.signal(number, chained)

    def undo() -> None:
        if signal.getsignal(number) is chained:
            signal.signal(number, before)

    return undo
