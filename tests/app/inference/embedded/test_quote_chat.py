"""The quoting model speaks OpenAI's shapes, whole and streamed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.inference.backends.embedded.backend import EmbeddedBackend
from app.inference.errors import BackendRefused
from app.inference.ports import ChatCall, Usage

SYSTEM = "[1] Tea\nTea is served at four o'clock in the blue room.\n[2] Coffee\nCoffee is served all day."
QUESTION = "When is tea served?"
ANSWER = "Tea is served at four o'clock in the blue room. [1]"


@pytest.fixture
def backend(tmp_path: Path) -> EmbeddedBackend:
    return EmbeddedBackend(tmp_path, now=lambda: 1_700_000_000.5)


def ask(question: str = QUESTION, *, system: str = SYSTEM, include_usage: bool = False, **fields: Any) -> ChatCall:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    return ChatCall("quote", "local/quote", {"messages": messages, **fields}, include_usage=include_usage)


async def content(backend: EmbeddedBackend, call: ChatCall) -> tuple[str, str]:
    body: Mapping[str, Any] = (await backend.complete(call)).body
    choice = body["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


async def test_a_completion_is_openais_object(backend: EmbeddedBackend) -> None:
    completion = await backend.complete(ask())
    body: Mapping[str, Any] = completion.body
    assert str(body["id"]).startswith("chatcmpl-")
    assert (body["object"], body["created"], body["model"]) == ("chat.completion", 1_700_000_000, "local/quote")
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": ANSWER, "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    usage = completion.usage
    assert usage.input_tokens > 20
    assert usage.output_tokens > 10
    assert body["usage"] == {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


async def test_without_context_it_says_what_it_is(backend: EmbeddedBackend) -> None:
    text, ending = await content(backend, ask(system="You are a pirate."))
    assert "quot" in text
    assert "no passages" in text
    assert "pirate" not in text
    assert ending == "stop"


async def test_a_token_limit_cuts_and_says_so(backend: EmbeddedBackend) -> None:
    completion = await backend.complete(ask(max_tokens=3))
    assert completion.usage.output_tokens == 3
    assert await content(backend, ask(max_tokens=3)) == ("Tea is served", "length")
    assert await content(backend, ask(max_tokens=500, max_completion_tokens=1)) == ("Tea", "length")
    assert await content(backend, ask(max_tokens=500)) == (ANSWER, "stop")


async def test_a_stop_text_ends_the_answer_before_it(backend: EmbeddedBackend) -> None:
    assert await content(backend, ask(stop=" at")) == ("Tea is served", "stop")
    assert await content(backend, ask(stop=["nowhere", " blue", " room"])) == (
        "Tea is served at four o'clock in the",
        "stop",
    )


async def test_json_is_given_when_asked_for(backend: EmbeddedBackend) -> None:
    text, _ = await content(backend, ask(response_format={"type": "json_object"}))
    assert json.loads(text) == {"answer": ANSWER, "sources": [1]}


async def test_tools_are_never_called(backend: EmbeddedBackend) -> None:
    tools = [{"type": "function", "function": {"name": "tea"}}]
    assert await content(backend, ask(tools=tools, tool_choice="required")) == (ANSWER, "stop")


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 2},
        {"max_tokens": 0},
        {"max_tokens": "many"},
        {"stop": 7},
        {"stop": [7]},
        {"response_format": {"type": "json_schema"}},
        {"messages": []},
    ],
)
async def test_what_it_cannot_do_is_refused(backend: EmbeddedBackend, fields: dict[str, Any]) -> None:
    with pytest.raises(BackendRefused):
        await backend.complete(ask(**fields))
    with pytest.raises(BackendRefused):
        await backend.open(ask(**fields))


async def test_a_stream_holds_the_same_answer_in_frames(backend: EmbeddedBackend) -> None:
    stream = await backend.open(ask(include_usage=True))
    chunks = [_chunk(frame) async for frame in stream]
    assert {(c["object"], c["model"], c["created"]) for c in chunks} == {
        ("chat.completion.chunk", "local/quote", 1_700_000_000)
    }
    assert len({c["id"] for c in chunks}) == 1
    *spoken, last = chunks
    assert spoken[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(c["choices"][0]["delta"].get("content", "") for c in spoken) == ANSWER
    assert len(spoken) > 4
    assert [c["choices"][0]["finish_reason"] for c in spoken] == [None] * (len(spoken) - 1) + ["stop"]
    assert all(c["usage"] is None for c in spoken)
    assert last["choices"] == []
    assert stream.usage == Usage(last["usage"]["prompt_tokens"], last["usage"]["completion_tokens"])
    assert stream.frames == len(chunks)


async def test_a_stream_tells_usage_only_if_asked(backend: EmbeddedBackend) -> None:
    stream = await backend.open(ask())
    chunks = [_chunk(frame) async for frame in stream]
    assert all("usage" not in c and c["choices"] for c in chunks)
    assert stream.usage is not None


async def test_a_closed_stream_sends_nothing_more(backend: EmbeddedBackend) -> None:
    stream = await backend.open(ask())
    seen = []
    async for frame in stream:
        seen.append(frame)
        if len(seen) == 2:
            await stream.aclose()
    assert len(seen) == stream.frames == 2
    assert stream.usage is None
    await stream.aclose()


async def test_a_giant_context_does_not_hold_up_the_loop(backend: EmbeddedBackend) -> None:
    filler = "\n".join(f"[{n}] Fact {n} says that the number {n} is followed by {n + 1}. " * 20 for n in range(2, 850))
    system = f"[1] Tea is served at four.\n{filler}"
    assert len(system) > 900_000
    turns, answering = 0, asyncio.create_task(content(backend, ask(system=system)))
    while not answering.done():
        await asyncio.sleep(0)
        turns += 1
    text, _ = await answering
    assert text.startswith("Tea is served at four. [1]")
    assert turns > 100, "made on the loop it leaves two or three; here others have one every few milliseconds"


def _chunk(frame: bytes) -> dict[str, Any]:
    assert frame.startswith(b"data: ")
    assert frame.endswith(b"\n\n")
    chunk: dict[str, Any] = json.loads(frame[6:])
    return chunk
