"""Roof, MCP: the protocol's own library, loaded and opened when somebody speaks it, closed with the application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import Context
from dataclasses import dataclass, field

from starlette.types import ASGIApp

from app.loading import loading

Opened = tuple[ASGIApp, Callable[[], AbstractAsyncContextManager[None]]]


def _opened() -> Opened:
    """Loading it takes more than a second and 16 MB."""
    with loading():
        from app.mcp.server import speaking  # noqa: PLC0415 - as said
    return speaking()


@dataclass(slots=True)
class Listening:
    """Holds what answers messages; a task of its own, for it must be closed by who has opened it."""

    open: Callable[[], Opened] = _opened
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _answers: ASGIApp | None = None

    async def answering(self) -> ASGIApp:
        """What answers one message; opened anew should it have ended."""
        async with self._lock:
            if self._answers is None or self._task is None or self._task.done():
                answers, running = await asyncio.to_thread(self.open)
                self._answers = answers
                ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                # In a context of its own: whoever happens to be first lends it neither name nor request.
                self._task = asyncio.create_task(self._run(running, ready), context=Context())
                await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
                if self._task.done():
                    self._task.result()
                return answers
            return self._answers

    async def aclose(self) -> None:
        """Break off what is still being answered."""
        self._ending.set()
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _run(self, running: Callable[[], AbstractAsyncContextManager[None]], ready: asyncio.Future[None]) -> None:
        async with running():
            ready.set_result(None)
            await self._ending.wait()
