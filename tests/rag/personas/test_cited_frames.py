"""Frames of an answer: what is read of them, however they are written, is the same answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from rag.citations import Cited, Markers
from rag.cited_frames import CitedFrames, Facts
from tests.rag.personas.test_citations import KNOWN, PARTS

Write = Callable[[dict[str, Any]], bytes]
TRICKS = [*PARTS, '"', "\\", '"delta":{"content":"x"}', '"finish_reason":"stop"', '"usage":{', "😀", "\x00"]


class Said:
    """A stream of frames that is there already."""

    usage = None

    def __init__(self, frames: Sequence[bytes]) -> None:
        self._frames = frames
        self.frames = len(frames)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for frame in self._frames:
            yield frame

    async def aclose(self) -> None:
        """There is nothing to stop."""


async def facts() -> Facts:
    def annotations(cited: Sequence[Cited]) -> list[dict[str, Any]]:
        return [{"marker": one.marker, "at": [one.start, one.end]} for one in cited]

    return Facts({}, annotations)


async def still() -> None:
    """It may go on."""


def heard(frames: Sequence[bytes]) -> list[dict[str, Any]]:
    async def listen() -> bytes:
        answer = CitedFrames(Said(frames), lambda: Markers(KNOWN), facts, still, told=False)
        return b"".join([piece async for piece in answer])

    told = asyncio.run(listen())
    return [json.loads(frame.removeprefix(b"data: ")) for frame in told.split(b"\n\n") if frame]


def told(chunks: Sequence[dict[str, Any]]) -> tuple[str, list[Any]]:
    """The words of an answer, and what is annotated."""
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas), [one.get("annotations") for one in deltas][-1:]


def compact(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"


def spaced(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


def plain(choice: dict[str, Any]) -> dict[str, Any]:
    return {"id": "1", "choices": [{"index": 0, **choice}]}


def open_ai(choice: dict[str, Any]) -> dict[str, Any]:
    return {"id": "1", "choices": [{"index": 0, **choice, "logprobs": None}], "usage": None}


def otherwise(choice: dict[str, Any]) -> dict[str, Any]:
    """In an order that is not looked for, so that all of a frame is read."""
    return {"choices": [{**choice, "index": 0}], "id": "1"}


def answer(texts: Sequence[str], shape: Callable[[dict[str, Any]], dict[str, Any]], write: Write) -> list[bytes]:
    pieces: list[dict[str, Any]] = [{"delta": {"content": text}, "finish_reason": None} for text in texts]
    return [write(shape(one)) for one in [*pieces, {"delta": {}, "finish_reason": "stop"}]]


@given(some.lists(some.lists(some.sampled_from(TRICKS), max_size=4).map("".join), max_size=12))
def test_a_frame_of_words_alone_says_what_it_says_when_all_of_it_is_read(texts: list[str]) -> None:
    whole = told(heard(answer(texts, otherwise, compact)))
    for shape in (plain, open_ai):
        for write in (compact, spaced):
            assert told(heard(answer(texts, shape, write))) == whole


@pytest.mark.parametrize(
    "more",
    [
        {"choices": [{"index": 1, "delta": {"content": "[9] b"}}]},
        {"choices": [{"index": 0, "delta": {"content": "[9] b"}}, {"index": 1, "delta": {"content": "[9] c"}}]},
        {"choices": [{"index": 0, "delta": {"content": "[9] b", "role": "assistant"}}]},
        {"choices": [{"index": 0, "delta": {"content": "[9] b"}}], "usage": {"total_tokens": 1}},
        {"choices": [{"index": 0, "delta": {"content": "[9] b"}}], "more": {"delta": {"content": "[9]"}}},
    ],
)
def test_no_number_that_names_nothing_comes_through_in_a_frame_of_another_shape(more: dict[str, Any]) -> None:
    chunks = heard([compact(plain({"delta": {"content": "a"}})), compact(more), *answer([], plain, compact)])
    assert "9" not in "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])


def test_what_is_held_back_is_said_where_the_backend_never_says_that_it_has_finished() -> None:
    chunks = heard([compact(plain({"delta": {"content": "a [1"}}))])
    assert told(chunks)[0] == "a [1"
    assert all(chunk["id"] == "1" for chunk in chunks)


def test_bytes_that_need_no_change_are_passed_on() -> None:
    frame = b'data: {"id" : "1","choices":[ {"index":0, "delta": {"content": "word"}, "finish_reason" : null}] }\n\n'

    async def first() -> bytes:
        return await anext(CitedFrames(Said([frame]), lambda: Markers(KNOWN), facts, still, told=False))

    assert asyncio.run(first()) == frame
