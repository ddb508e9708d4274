"""A scripted server on 127.0.0.1 that answers as it is told, remembers what it was asked and who hung up."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar


@dataclass
class Answer:
    """One answer; `pieces` are written one by one, `delay_s` apart, the connection `cut` after them."""

    status: int = 200
    pieces: Sequence[bytes] = ()
    headers: Sequence[tuple[str, str]] = ()
    content_type: str = "application/json"
    delay_s: float = 0.0
    before_s: float = 0.0
    hang: bool = False  # after the pieces, say nothing more
    silent: bool = False  # not even a head
    cut: bool = False
    raw: bool = False  # the pieces are the whole answer, head included
    chunked: bool = True
    close: bool = False


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Upstream:
    """Gives the answers in order, the last one again and again; answers by path go first."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.port = 0
        self.scheme = "http"
        self._answers: list[Answer] = [Answer(404, [b"{}"])]
        self._by_path: dict[str, Answer] = {}
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def says(self, *answers: Answer) -> None:
        self._answers = list(answers)

    def says_at(self, path: str, answer: Answer) -> None:
        self._by_path[path] = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self._writers.add(writer)
        try:
            while (asked := await _request(reader, number)) is not None:
                self.asked.append(asked)
                if not await self._answer(self._next(asked.path), asked, reader, writer):
                    break
                asked.finished.set()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _next(self, path: str) -> Answer:
        bare = path.partition("?")[0]
        if bare in self._by_path:
            return self._by_path[bare]
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    async def _answer(
        self, answer: Answer, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        watch = asyncio.create_task(_watch(reader, asked))
        try:
            if answer.silent:
                await asked.gone.wait()
                return False
            if answer.before_s:
                await asyncio.sleep(answer.before_s)
            await _write(answer, asked, writer)
            if answer.hang:
                await asked.gone.wait()
            return not (answer.cut or answer.raw or answer.hang or answer.close)
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    def drop_all(self) -> None:
        for writer in self._writers:
            writer.close()


async def _request(reader: asyncio.StreamReader, number: int) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")[:-2]
    method, path, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, path, headers, body, number)


async def _watch(reader: asyncio.StreamReader, asked: Asked) -> None:
    """Notice the other side leaving while it is being answered."""
    while not reader.at_eof() and reader.exception() is None:
        try:
            # Waits for data or the end without taking anything that belongs to the next request.
            await reader._wait_for_data("watch")  # type: ignore[attr-defined]  # streams have no peek
        except (ConnectionError, RuntimeError):
            break
        if reader._buffer:  # type: ignore[attr-defined]
            return
    asked.gone.set()


async def _write(answer: Answer, asked: Asked, writer: asyncio.StreamWriter) -> None:
    if not answer.raw:
        writer.write(_head(answer))
    for piece in answer.pieces:
        if asked.gone.is_set():
            return
        framed = answer.chunked and not answer.raw
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if framed else piece)
        await writer.drain()
        # Even without a delay the next piece is its own write, and mostly its own read on the other side.
        await asyncio.sleep(answer.delay_s)
    if answer.chunked and not (answer.raw or answer.cut or answer.hang):
        writer.write(b"0\r\n\r\n")
    await writer.drain()


def _head(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} Said", f"content-type: {answer.content_type}"]
    if answer.chunked:
        lines.append("transfer-encoding: chunked")
    elif not answer.cut and not any(name.lower() == "content-length" for name, _ in answer.headers):
        lines.append(f"content-length: {sum(map(len, answer.pieces))}")
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if answer.close:
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@contextlib.asynccontextmanager
async def upstream(tls: ssl.SSLContext | None = None) -> AsyncIterator[Upstream]:
    """Run one for the length of a test."""
    async with listening(Upstream(), tls) as world:
        yield world


World = TypeVar("World", bound=Upstream)


@contextlib.asynccontextmanager
async def listening(world: World, tls: ssl.SSLContext | None = None) -> AsyncIterator[World]:
    """Run one of a kind."""
    server = await asyncio.start_server(world.serve, "127.0.0.1", 0, ssl=tls)
    world.port = server.sockets[0].getsockname()[1]
    world.scheme = "https" if tls else "http"
    try:
        yield world
    finally:
        server.close()
        world.drop_all()
        await server.wait_closed()
        await asyncio.sleep(0)
