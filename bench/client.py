"""A client that costs little: raw HTTP/1.1 over kept connections, timing first byte, gaps and end."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Timed:
    """One answer: seconds to its first byte, to its end, and between its frames."""

    first: float
    total: float
    frames: int
    gaps: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Target:
    """A server that takes chat completions."""

    name: str
    port: int
    path: str
    model: str
    key: str = "none"

    def request(self, *, stream: bool, paced: bool = False) -> bytes:
        """The bytes of one request."""
        wish = "Say some words, paced." if paced else "Say some words."
        said: dict[str, Any] = {"model": self.model, "messages": [{"role": "user", "content": wish}]}
        if stream:
            said["stream"] = True
        body = json.dumps(said).encode()
        head = (
            f"POST {self.path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nauthorization: Bearer {self.key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class Connection:
    """One kept connection."""

    def __init__(self, target: Target) -> None:
        self._target = target

    async def __aenter__(self) -> Connection:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._target.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def ask(self, request: bytes) -> Timed:
        """Send a request and time its answer."""
        started = time.perf_counter()
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(f"{self._target.name}: {head[:60]!r}")
        if b"transfer-encoding: chunked" in head:
            return await self._stream(started)
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
        first = time.perf_counter() - started
        await self._reader.readexactly(length)
        return Timed(first, time.perf_counter() - started, 0)

    async def _stream(self, started: float) -> Timed:
        first = 0.0
        frames = 0
        before = 0.0
        gaps: list[float] = []
        while True:
            size = int(await self._reader.readline(), 16)
            piece = await self._reader.readexactly(size + 2)
            if size == 0:
                return Timed(first, time.perf_counter() - started, frames, gaps)
            now = time.perf_counter()
            words = piece.count(b'"content"')
            if words and not first:
                first = now - started
            elif words:
                gaps.append(now - before)
            before = now
            frames += words


async def load(target: Target, request: bytes, *, connections: int, total: int) -> list[Timed]:
    """Ask a number of times over some connections at once."""
    timed: list[Timed] = []
    left = total

    async def one() -> None:
        nonlocal left
        async with Connection(target) as connection:
            while left > 0:
                left -= 1
                timed.append(await connection.ask(request))

    await asyncio.gather(*(one() for _ in range(connections)))
    return timed
