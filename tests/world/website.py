"""A website of the tests' own: pages by path, told how to answer, and what it was asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import uvicorn
from starlette.types import Receive, Scope, Send

from tests.world.platform import in_this_loop


@dataclass(frozen=True, slots=True)
class Page:
    """What is answered at a path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: int = 1  # the body is sent so many times
    delay_s: float = 0.0  # before each of them


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its method, path and headers (in lower case), and its body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    query: str = ""
    at: float = 0.0  # by a clock that only goes on


@dataclass(slots=True)
class Website:
    """Its pages; a page may be a function of what was asked."""

    pages: dict[str, Page | Callable[[Asked], Page]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    open_now: int = 0
    most_open: int = 0  # at one time

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked]

    def answer(self, asked: Asked) -> Page:
        """What is said to one question."""
        found = self.pages.get(asked.path, Page(b"nothing here", 404))
        return found(asked) if callable(found) else found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        body += message.get("body", b"")
        query = scope["query_string"].decode()
        asked = Asked(scope["method"], scope["raw_path"].decode(), headers, body, query, time.monotonic())
        self.asked.append(asked)
        page = self.answer(asked)
        told = [(name.lower().encode(), value.encode()) for name, value in page.headers.items()]
        gone = asyncio.create_task(_until_gone(receive))
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await send({"type": "http.response.start", "status": page.status, "headers": told})
            for _ in range(page.pieces):
                if page.delay_s:
                    await asyncio.wait([gone], timeout=page.delay_s)
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": page.body, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.open_now -= 1
            gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


Site = TypeVar("Site", bound=Website)


@asynccontextmanager
async def website() -> AsyncIterator[Website]:
    """Serve one on a loopback port until the block ends."""
    async with serving(Website()) as site:
        yield site


@asynccontextmanager
async def serving(site: Site) -> AsyncIterator[Site]:
    """Serve one of a kind."""
    server = uvicorn.Server(in_this_loop(site, lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined] # the test runner owns the signals
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.01)
    site.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield site
    finally:
        server.should_exit = True
        await task
