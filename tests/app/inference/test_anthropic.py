"""Anthropic's answers in OpenAI's terms."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from app.inference.backends.anthropic import Anthropic, anthropic_place
from app.inference.errors import BackendError, BackendRateLimited, BackendRefused, UpstreamShapeMismatch
from app.inference.ports import ChatStream, EmbedCall, Usage
from tests.app.inference.conftest import call
from tests.world import anthropic_answers as says
from tests.world.openai_answers import error, split
from tests.world.patience import PATIENCE
from tests.world.upstream import Answer, Upstream


@pytest.fixture
async def claude(world: Upstream) -> AsyncIterator[Anthropic]:
    adapter = Anthropic(replace(anthropic_place(world.base_url, "sk-ant"), timeout_s=PATIENCE, read_timeout_s=PATIENCE))
    yield adapter
    await adapter.aclose()


async def heard(stream: ChatStream) -> list[dict[str, Any]]:
    out = b"".join([piece async for piece in stream])
    return [json.loads(frame.removeprefix(b"data: ")) for frame in out.split(b"\n\n")[:-1]]


async def test_a_whole_answer(world: Upstream, claude: Anthropic) -> None:
    use = {"type": "tool_use", "id": "t1", "name": "find", "input": {"q": 1}}
    world.says(
        says.message({"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "hi"}, use, stop="tool_use")
    )
    answer = await claude.complete(call())
    choice = answer.body["choices"][0]  # type: ignore[index]
    assert choice["message"] == {
        "role": "assistant",
        "content": "hi",
        "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}}],
    }
    assert choice["finish_reason"] == "tool_calls"
    assert answer.body["model"] == "acme/chat"
    assert answer.usage == Usage(9, 7)
    assert answer.body["usage"] == {"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 16}
    sent = world.asked[0]
    assert (sent.path, sent.headers["x-api-key"], sent.headers["anthropic-version"]) == (
        "/v1/messages",
        "sk-ant",
        "2023-06-01",
    )


@pytest.mark.parametrize(
    ("stop", "reason"),
    [("end_turn", "stop"), ("max_tokens", "length"), ("stop_sequence", "stop"), ("refusal", "content_filter")],
)
async def test_why_it_stopped(world: Upstream, claude: Anthropic, stop: str, reason: str) -> None:
    world.says(says.message({"type": "text", "text": "hi"}, stop=stop, usage=None))
    answer = await claude.complete(call())
    assert answer.body["choices"][0]["finish_reason"] == reason  # type: ignore[index]
    assert answer.usage.estimated


async def test_a_streamed_answer_with_tools(world: Upstream, claude: Anthropic) -> None:
    events = [
        says.start(),
        says.event("ping"),
        *says.text("hel", "lo"),
        *says.tool("t1", "find", "", '{"q":', "1}", index=1),
        *says.tool("t2", "now", "{}", index=2),
        says.event("something_new", x=1),
        *says.finish("tool_use"),
    ]
    world.says(says.stream(events))
    stream = await claude.open(call(include_usage=True))
    frames = await heard(stream)
    assert {frame["model"] for frame in frames} == {"acme/chat"}
    assert {frame["object"] for frame in frames} == {"chat.completion.chunk"}
    deltas = [frame["choices"][0]["delta"] for frame in frames[:-1]]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta.get("content", "") for delta in deltas) == "hello"
    calls = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert [(one["index"], one["id"], one["function"]["name"]) for one in calls if "id" in one] == [
        (0, "t1", "find"),
        (1, "t2", "now"),
    ]
    assert "".join(one["function"]["arguments"] for one in calls if one["index"] == 0) == '{"q":1}'
    assert frames[-2]["choices"][0]["finish_reason"] == "tool_calls"
    assert frames[-1]["choices"] == []
    assert frames[-1]["usage"]["total_tokens"] == 16
    assert stream.usage == Usage(9, 7)
    assert stream.frames == len(frames)


async def test_any_cut_of_the_stream_is_the_same_stream(world: Upstream, claude: Anthropic) -> None:
    whole = b"".join([says.start(), *says.text("é", "b"), *says.finish()])
    world.says(says.stream([whole]))
    expected = await heard(await claude.open(call()))
    for pieces in (split(whole, range(0, len(whole), 11)), [whole.replace(b"\n", b"\r\n")]):
        world.says(says.stream(pieces))
        again = await heard(await claude.open(call()))
        assert [one["choices"] for one in again] == [one["choices"] for one in expected]
    assert len(expected) == 4


@pytest.mark.parametrize(
    ("events", "error_type", "frames"),
    [
        ([*says.text("a"), says.event("error", error={"type": "overloaded_error"})], BackendError, 2),
        ([*says.text("a"), says.event("error", error={"type": "rate_limit_error"})], BackendRateLimited, 2),
        (says.text("a"), BackendError, 2),
        ([b"data: what\n\n"], UpstreamShapeMismatch, 1),
        ([b"data: [1]\n\n"], UpstreamShapeMismatch, 1),
    ],
)
async def test_failures_midway(
    world: Upstream, claude: Anthropic, events: list[bytes], error_type: type[Exception], frames: int
) -> None:
    for pieces in ([says.start(), *events], [b"".join([says.start(), *events])]):
        world.says(says.stream(pieces))
        stream = await claude.open(call())
        with pytest.raises(error_type):
            await heard(stream)
        assert stream.frames == frames


async def test_failures_before_the_first_frame(world: Upstream, claude: Anthropic) -> None:
    world.says(says.stream([says.event("error", error={"type": "overloaded_error", "message": "secret"})]))
    with pytest.raises(BackendError):
        await claude.open(call())
    world.says(error(529))
    with pytest.raises(BackendError):
        await claude.open(call())
    world.says(Answer(pieces=[b'{"type":"message"}']))
    with pytest.raises(UpstreamShapeMismatch):
        await claude.complete(call())


async def test_embeddings_are_refused(claude: Anthropic) -> None:
    with pytest.raises(BackendRefused):
        await claude.embed(EmbedCall("m", ["x"]))


async def test_discover(world: Upstream, claude: Anthropic) -> None:
    world.says(Answer(pieces=[b'{"data":[{"id":"claude-a"}]}']))
    assert await claude.discover() == ["claude-a"]
    await claude.probe("claude-a")
