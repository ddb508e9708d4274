"""Whoever hangs up on a server that speaks OpenAI's protocol, or is hung up on, loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import functools

import pytest

from app.inference.backends.errand import Place
from app.inference.backends.openai_compatible import OpenAICompatible
from app.inference.errors import BackendError, UpstreamShapeMismatch
from tests.app.inference.conftest import call
from tests.app.inference.test_openai_compatible import read
from tests.world import openai_answers as says
from tests.world.patience import PATIENCE, until
from tests.world.upstream import Answer, Upstream


async def test_closing_a_stream_hangs_up_at_once(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(says.stream(says.words(2)[:1], hang=True))
    stream = await backend.open(call())
    assert b"w0" in await anext(aiter(stream))
    await stream.aclose()
    await stream.aclose()
    await asyncio.wait_for(world.asked[0].gone.wait(), PATIENCE)
    assert stream.frames == 1


async def test_a_cancelled_reader_hangs_up_too(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(says.stream([], hang=True), Answer(silent=True), says.stream(says.words(2)[:1], hang=True))
    for number, waiting in enumerate((backend.open(call()), backend.complete(call())), start=1):
        task = asyncio.ensure_future(waiting)
        await until(functools.partial(_was_asked, world, number))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    pieces: list[bytes] = []
    reading = asyncio.ensure_future(read(await backend.open(call()), pieces))
    await until(lambda: pieces)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert len(world.asked) == 3
    for asked in world.asked:
        await asyncio.wait_for(asked.gone.wait(), PATIENCE)


async def test_a_stream_closed_by_somebody_else_just_ends(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(says.stream(says.words(2)[:1], hang=True))
    stream = await backend.open(call())
    pieces: list[bytes] = []
    reading = asyncio.ensure_future(read(stream, pieces))
    await until(lambda: pieces)
    await stream.aclose()
    assert len(await reading) == 1


async def test_no_place_is_lost_however_calls_end(world: Upstream) -> None:
    slow = says.talk(3, delay_s=0.002)
    world.says(*[slow, says.error(500), says.completion(), Answer(pieces=[b"x"], cut=True)] * 50, slow)
    backend = OpenAICompatible(Place(world.base_url, timeout_s=PATIENCE, connections=4))

    async def one(number: int) -> None:
        with contextlib.suppress(BackendError, UpstreamShapeMismatch, TimeoutError):
            async with asyncio.timeout(0.001 * (number % 23)):
                await (read(await backend.open(call())) if number % 2 else backend.complete(call()))

    await asyncio.gather(*(one(number) for number in range(120)))
    world.says(says.stream(says.words(2), hang=True))
    streams = await asyncio.gather(*(backend.open(call()) for _ in range(4)))
    assert len(streams) == 4
    await backend.aclose()


def _was_asked(world: Upstream, times: int) -> bool:
    return len(world.asked) == times
