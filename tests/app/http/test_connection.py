"""Connections are held only by who sends something, or is being answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from app.http.connection import BoundedConnection
from tests.world.patience import PATIENCE

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SOON = 0.2  # seconds


class Waiting(BoundedConnection):
    """However slow we are, the first request comes in time; a test makes it impatient once it is there."""

    head_seconds = PATIENCE


class Server:
    """Answers with two letters, the second of which it may keep back."""

    def __init__(self) -> None:
        self.more = asyncio.Event()
        self.more.set()
        config = uvicorn.Config(self._answer, port=0, http=Waiting, log_config=None, interface="asgi3")
        config.timeout_keep_alive = 3600  # only the connection itself lets anybody go
        self.uvicorn = uvicorn.Server(config)
        self.uvicorn.install_signal_handlers = lambda: None  # type: ignore[attr-defined] # the test runner owns them

    async def _answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"a", "more_body": True})
            await self.more.wait()
            await send({"type": "http.response.body", "body": b"z"})

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        port = self.uvicorn.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.timeout(PATIENCE):
                yield reader, writer
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    serving = asyncio.ensure_future(made.uvicorn.serve())
    async with asyncio.timeout(PATIENCE):
        while not made.uvicorn.started:  # noqa: ASYNC110 - it tells nobody else
            await asyncio.sleep(0.01)
    yield made
    made.uvicorn.should_exit = True
    await serving


@pytest.mark.parametrize("lines", [b"\r\n", b"\r\n\r\n", b"\n", b"GET / HT"])
async def test_whoever_sends_no_request_after_the_first_is_let_go(
    server: Server, monkeypatch: pytest.MonkeyPatch, lines: bytes
) -> None:
    async with server.connection() as (reader, writer):
        writer.write(HEAD)
        await reader.readuntil(b"az")
        monkeypatch.setattr(Waiting, "head_seconds", SOON)
        writer.write(lines)
        assert await reader.read() == b""


async def test_empty_lines_before_a_request_do_it_no_harm(server: Server) -> None:
    async with server.connection() as (reader, writer):
        for _ in range(3):
            writer.write(b"\r\n" + HEAD + b"\r\n")
            await reader.readuntil(b"az")
        writer.write(HEAD)
        await reader.readuntil(b"az")


async def test_empty_lines_while_an_answer_is_on_its_way_do_not_cut_it_off(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.more.clear()
    async with server.connection() as (reader, writer):
        writer.write(HEAD)
        await reader.readuntil(b"\r\n\r\na")
        monkeypatch.setattr(Waiting, "head_seconds", SOON)
        writer.write(b"\r\n")
        await asyncio.sleep(3 * SOON)
        server.more.set()
        assert await reader.readexactly(1) == b"z"
