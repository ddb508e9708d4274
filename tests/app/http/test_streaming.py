"""What keeps a stream alive and what ends it, beside the model that fills it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from app.http.open_streams import OpenStreams, Right
from app.http.streaming import FrameResponse, Pace
from app.identity.credentials import Admitted
from tests.world.patience import PATIENCE, until
from tests.world.platform import Running


async def unquestioned(_admitted: Admitted) -> None:
    return None


RIGHT = Right("bearer", unquestioned)


class Client:
    """The other end of a stream: stays until told to leave, and may stop reading."""

    def __init__(self, *, reads: bool = True) -> None:
        self.body: list[bytes] = []
        self.reads = reads
        self.left = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if not self.reads and message["type"] == "http.response.body":
            await asyncio.Event().wait()
        self.body.append(message.get("body", b""))


async def frames(*pieces: bytes, pause: float = 0.0) -> AsyncGenerator[bytes, None]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(pause)


async def stream(running: Running, client: Client, source: AsyncGenerator[bytes, None]) -> None:
    pace = Pace(heartbeat_seconds=0.1)
    response = FrameResponse(source, OpenStreams(running.platform.credentials), RIGHT, {}, pace)
    await response({"type": "http"}, client.receive, client.send)


async def test_a_silent_stream_is_kept_alive_by_comments(running: Running) -> None:
    client = Client()

    async def silent() -> AsyncGenerator[bytes, None]:
        yield b"data: 1\n\n"
        await until(lambda: client.body.count(b": keep-alive\n\n") == 2)

    await stream(running, client, silent())
    assert client.body[-1] == b"data: [DONE]\n\n"


async def test_a_lively_stream_has_its_comments_too_between_whole_frames(running: Running) -> None:
    client = Client()
    await stream(running, client, frames(*[b"data: 1\n\n"] * 40, pause=0.01))
    assert client.body.count(b": keep-alive\n\n") >= 2
    assert set(client.body) == {b"", b"data: 1\n\n", b": keep-alive\n\n", b"data: [DONE]\n\n"}


async def test_a_client_that_reads_no_more_holds_nothing_for_ever(running: Running) -> None:
    streams = OpenStreams(running.platform.credentials)
    client = Client(reads=False)
    response = FrameResponse(frames(b"data: 1\n\n"), streams, RIGHT, {}, Pace(last_word_seconds=0.05))
    serving = asyncio.create_task(response({"type": "http"}, client.receive, client.send))
    await asyncio.sleep(0.05)
    streams.stop_all()
    await asyncio.wait_for(serving, PATIENCE)


async def test_a_fault_of_ours_in_mid_stream_is_told_without_its_words(running: Running) -> None:
    async def broken() -> AsyncGenerator[bytes, None]:
        yield b"data: 1\n\n"
        raise ZeroDivisionError("the secret word")

    client = Client()
    await stream(running, client, broken())
    assert b"INTERNAL_ERROR" in client.body[-1]
    assert b"secret" not in client.body[-1]
    assert client.body[-1].endswith(b"data: [DONE]\n\n")
