"""Roof, HTTP: the answers that are being streamed, and what ends them early.

An answer ends when the right to it ends: whoever was suspended, lost their key or may no longer use the model is cut
off within two seconds. When the server stops, open streams are told before they are closed.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Protocol

import structlog

from app.errors import PlatformError, Unavailable
from app.identity.credentials import Admitted, Credentials
from app.identity.tokens import ANYWHERE, Place
from app.telemetry.metrics import OPEN_STREAMS

log = structlog.get_logger("streams")
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Right:
    """The credential something was begun with, and the question whether its caller may still have it."""

    bearer: str = field(repr=False)
    recheck: Callable[[Admitted], Awaitable[object]]  # raises what a new request for the same would be told
    place: Place = ANYWHERE  # where it was brought to


class Stoppable(Protocol):
    """An answer under way that can be told to end."""

    @property
    def right(self) -> Right:
        """By what right it was begun."""

    @property
    def unread_seconds(self) -> float:
        """How long its client has not been taking what is sent."""

    def stop(self, reason: PlatformError) -> None:
        """End soon, telling the client why."""


@dataclass(slots=True, eq=False)
class OpenStreams:
    """Knows every answer under way in this process that takes long enough to outlive the right to it."""

    credentials: Credentials
    most_unread_seconds: float = 30.0  # who reads nothing must not keep a model's connection busy
    _open: set[Stoppable] = field(default_factory=set)  # ends with the server
    _whole: set[Stoppable] = field(default_factory=set)  # is let run out when the server stops
    _stopping: bool = False

    @contextmanager
    def watching(self, stream: Stoppable, *, until_stop: bool = True) -> Iterator[None]:
        """Look after an answer while it is under way."""
        mine = self._open if until_stop else self._whole
        mine.add(stream)
        OPEN_STREAMS.set(len(self._open))
        if self._stopping and until_stop:
            stream.stop(server_stopping())
        try:
            yield
        finally:
            mine.discard(stream)
            OPEN_STREAMS.set(len(self._open))

    def stop_all(self) -> None:
        """Tell every stream that the server stops."""
        self._stopping = True
        for stream in tuple(self._open):
            stream.stop(server_stopping())

    async def watch(self) -> None:
        """Look after the rights of open streams until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Look once whether every answer under way may go on."""
        streams = (*self._open, *self._whole)
        if streams:
            await asyncio.gather(*(self._look(stream) for stream in streams))

    async def _look(self, stream: Stoppable) -> None:
        if stream.unread_seconds > self.most_unread_seconds:
            stream.stop(Unavailable("This answer was not being read."))
            return
        try:
            await stream.right.recheck(await self.credentials.admit(stream.right.bearer, stream.right.place))
        except PlatformError as error:
            stream.stop(error)
        except Exception as error:  # noqa: BLE001 - not knowing is not a yes, and the next look must take place
            log.error("right_not_checked", error=type(error).__name__)
            stream.stop(Unavailable("Whether this answer may go on cannot be checked right now.", retry_after=5))


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
