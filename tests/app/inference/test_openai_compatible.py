"""Calls to a server that speaks OpenAI's protocol."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from app.inference.backends.errand import Place
from app.inference.backends.openai_compatible import OpenAICompatible, azure_place
from app.inference.errors import BackendError, BackendRateLimited, BackendRefused, BackendTimeout, UpstreamShapeMismatch
from app.inference.ports import ChatStream, Usage
from tests.app.inference.conftest import KEY, call
from tests.world import openai_answers as says
from tests.world.patience import PATIENCE
from tests.world.upstream import Answer, Upstream


async def read(stream: ChatStream, pieces: list[bytes] | None = None) -> list[bytes]:
    """All pieces, shown in a list as they come."""
    pieces = [] if pieces is None else pieces
    async for piece in stream:
        pieces.append(piece)
    return pieces


async def test_a_whole_answer_carries_the_shown_name_and_the_usage(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(says.completion("hi", service_tier="x"))
    answer = await backend.complete(call())
    assert answer.body == says.completion_body("hi", service_tier="x") | {"model": "acme/chat"}
    assert answer.usage == Usage(9, 3)


async def test_fields_pass_through_untouched(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(says.completion())
    fields: dict[str, Any] = {
        "temperature": 0.1,
        "vendor_knob": {"a": [1, None]},
        "stop": ["x"],
        "stream": "yes",
        "model": "no",
    }
    await backend.complete(call(**fields))
    sent = world.asked[0]
    assert sent.json == {**call().fields, **fields, "model": "up-model-1", "stream": False}
    assert sent.path == "/v1/chat/completions"
    assert sent.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("usage", [None, {}, [], "x", {"prompt_tokens": "9"}, {"prompt_tokens": -1}])
async def test_usage_that_is_not_said_is_estimated(world: Upstream, backend: OpenAICompatible, usage: object) -> None:
    world.says(says.completion("a" * 80, usage=usage))
    answer = await backend.complete(call())
    assert answer.usage.estimated
    assert answer.usage.input_tokens > 1
    assert answer.usage.output_tokens >= 20


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"choices":{}}', b"oops", b"", b"<html>", b'{"choices":null}', b"[" * 100_000]
)
async def test_an_answer_of_another_shape_is_told_as_such(
    world: Upstream, backend: OpenAICompatible, body: bytes
) -> None:
    world.says(Answer(pieces=[body], chunked=False))
    with pytest.raises(UpstreamShapeMismatch):
        await backend.complete(call())


async def test_calls_one_after_another_share_a_connection(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(says.completion(), says.talk(3), says.error(500), says.completion())
    await backend.complete(call())
    await read(await backend.open(call()))
    with pytest.raises(BackendError):
        await backend.complete(call())
    await backend.complete(call())
    assert world.connections == 1


async def test_a_stream_asks_for_usage_and_keeps_it_from_those_who_did_not(
    world: Upstream, backend: OpenAICompatible
) -> None:
    world.says(says.talk(4))
    stream = await backend.open(call())
    out = b"".join(await read(stream))
    assert world.asked[0].json["stream_options"] == {"include_usage": True}
    assert out == b"".join(says.words(4)).replace(b'"up-model-1"', b'"acme/chat"')
    assert (stream.frames, stream.usage) == (4, Usage(9, 3))
    assert (await read(stream)) == []


@pytest.mark.parametrize("status", [400, 422])
async def test_a_server_that_does_not_know_stream_options_is_asked_again_without(
    world: Upstream, backend: OpenAICompatible, status: int
) -> None:
    world.says(says.error(status, text="Unknown field: stream_options"), says.talk(2, usage=None))
    stream = await backend.open(call())
    assert len(b"".join(await read(stream)).split(b"\n\n")) == 3
    assert "stream_options" not in world.asked[1].json
    assert stream.usage is None


async def test_other_refusals_are_not_asked_again(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(says.error(400))
    with pytest.raises(BackendRefused):
        await backend.open(call())
    assert len(world.asked) == 1


async def test_open_returns_with_the_first_frame_and_not_before(
    world: Upstream, backend: OpenAICompatible, hasty: OpenAICompatible
) -> None:
    world.says(says.stream([b": wait\n\n", b"data: {}\n\n"], delay_s=0.02))
    with pytest.raises(UpstreamShapeMismatch):
        await backend.open(call())
    world.says(says.stream([], hang=True))
    with pytest.raises(BackendTimeout):
        await hasty.open(call())
    world.says(says.stream([says.frame({"error": {"message": "secret"}})]))
    with pytest.raises(BackendError):
        await backend.open(call())
    world.says(says.completion())
    with pytest.raises(BackendError):
        await backend.open(call())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (says.stream(says.words(3)[:2], cut=True), BackendError),
        (says.stream(says.words(3)[:2]), BackendError),
        (says.stream([*says.words(3)[:2], b"data: what\n\n"], delay_s=0.01), UpstreamShapeMismatch),
        (says.stream([*says.words(3)[:2], says.frame({"error": {"code": 429}})]), BackendRateLimited),
    ],
)
async def test_a_stream_that_fails_midway_passes_what_it_had_and_says_so(
    world: Upstream, backend: OpenAICompatible, answer: Answer, error: type[Exception]
) -> None:
    world.says(answer)
    await fails_midway(await backend.open(call()), error)


async def test_a_stream_that_falls_silent_midway_is_a_timeout(world: Upstream) -> None:
    world.says(says.stream(says.words(3)[:2], hang=True))
    backend = OpenAICompatible(Place(world.base_url, timeout_s=PATIENCE, read_timeout_s=1))
    await fails_midway(await backend.open(call()), BackendTimeout)
    await backend.aclose()


async def fails_midway(stream: ChatStream, error: type[Exception]) -> None:
    out: list[bytes] = []
    with pytest.raises(error) as caught:
        await read(stream, out)
    assert type(caught.value) is error
    assert b"".join(out).count(b"\n\n") == stream.frames == 2


async def test_a_server_slow_to_say_goodbye_costs_little(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(says.stream([*says.words(2), says.DONE], hang=True))
    async with asyncio.timeout(PATIENCE / 2):  # it would be waited for twice as long if it were waited for
        assert await read(await backend.open(call()))


async def test_frames_in_awkward_pieces_arrive_whole(world: Upstream, backend: OpenAICompatible) -> None:
    whole = b"".join([*says.words(6), says.usage_frame(), says.DONE]).replace(b"\n", b"\r\n")
    world.says(says.stream(says.split(whole, range(0, len(whole), 7))))
    stream = await backend.open(call(include_usage=True))
    pieces = await read(stream)
    assert all(piece.endswith(b"\n\n") for piece in pieces)
    assert json.loads(b"".join(pieces).split(b"\n\n")[-2][6:])["usage"] == says.USAGE


async def test_many_at_once(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(says.talk(20))
    streams = await asyncio.gather(*(backend.open(call()) for _ in range(40)))
    outs = await asyncio.gather(*(read(stream) for stream in streams))
    assert {b"".join(out) for out in outs} == {b"".join(says.words(20)).replace(b"up-model-1", b"acme/chat")}


async def test_azure_puts_the_model_in_the_path(world: Upstream) -> None:
    world.says(says.completion())
    backend = OpenAICompatible(azure_place(world.url, "k", api_version="2024-10-21"), deployments=True)
    await backend.complete(call())
    await backend.aclose()
    assert world.asked[0].path == "/openai/deployments/up-model-1/chat/completions?api-version=2024-10-21"
    assert world.asked[0].headers["api-key"] == "k"


async def test_discover_and_probe(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(Answer(pieces=[b'{"data":[{"id":"a"},{"id":"b"},{"x":1}]}']))
    assert await backend.discover() == ["a", "b"]
    await backend.probe("a")
    assert [asked.path for asked in world.asked] == ["/v1/models"] * 2
    world.says(says.error(401))
    with pytest.raises(BackendError):
        await backend.probe("a")
