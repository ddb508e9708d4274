"""Somebody else's server, on a loopback port: takes requests, remembers them and answers as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.world.patience import until


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes


@dataclass(slots=True)
class Receiver:
    """What a test looks at and changes."""

    url: str = ""
    status: int = 200
    extra: str = ""  # more header lines of every answer
    hold: float = 0.0  # seconds before the answer
    got: list[Received] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0
    answer: Callable[[Received], int] | None = None

    async def until(self, count: int) -> list[Received]:
        """Wait until so many requests came."""
        await until(lambda: len(self.got) >= count)
        return self.got

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Deal with one connection, one request."""
        try:
            request = await _read(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        self.got.append(request)
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await asyncio.sleep(self.hold)
            status = self.answer(request) if self.answer else self.status
            writer.write(
                f"HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: 2\r\n{self.extra}\r\nok".encode()
            )
            await writer.drain()
        except ConnectionError:
            return
        finally:
            self.open_now -= 1
            writer.close()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Run a receiver until the block ends."""
    made = Receiver()
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield made
    finally:
        server.close()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    lines = [line.partition(":") for line in head[1:] if line]
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, path, headers, body)
