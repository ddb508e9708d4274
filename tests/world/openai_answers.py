"""Answers in OpenAI's protocol for the scripted server."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from tests.world.upstream import Answer

UP = "up-model-1"
USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
DONE = b"data: [DONE]\n\n"


def completion(text: str = "hello there world", *, usage: Any = USAGE, **more: Any) -> Answer:
    """A whole answer."""
    return Answer(pieces=[json.dumps(completion_body(text, usage=usage, **more)).encode()])


def completion_body(text: str = "hello there world", *, usage: Any = USAGE, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": UP,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        **more,
    }
    if usage is not None:
        body["usage"] = usage
    return body


def chunk(delta: dict[str, Any] | None = None, *, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One frame's object."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    return {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": UP, "choices": [choice], **more}


def frame(data: Any, *, compact: bool = True) -> bytes:
    return b"data: " + json.dumps(data, separators=(",", ":") if compact else None).encode() + b"\n\n"


def usage_frame(usage: Any = USAGE) -> bytes:
    return frame({**chunk(), "choices": [], "usage": usage})


def words(count: int) -> list[bytes]:
    """So many frames with a word each, the last one finishing."""
    content = [frame(chunk({"content": f"w{number} "})) for number in range(count - 1)]
    return [*content, frame(chunk({}, finish="stop"))]


def stream(pieces: Sequence[bytes], **more: Any) -> Answer:
    return Answer(pieces=pieces, content_type="text/event-stream", **more)


def talk(count: int = 4, *, usage: Any = USAGE, **more: Any) -> Answer:
    """A whole streamed answer of `count` frames and one with the usage."""
    tail = [] if usage is None else [usage_frame(usage)]
    return stream([*words(count), *tail, DONE], **more)


def tool_stream() -> list[bytes]:
    def call(**function: str) -> dict[str, Any]:
        return {"tool_calls": [{"index": 0, "function": function}]}

    first = {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "search"}}]}
    parts = [first, call(arguments='{"model":"x",'), call(arguments='"usage":{"error":{}}}')]
    return [*(frame(chunk(part)) for part in parts), frame(chunk({}, finish="tool_calls"))]


def error(status: int, *, text: str = "vendor secret text", headers: Sequence[tuple[str, str]] = ()) -> Answer:
    body = {"error": {"message": text, "type": "vendor", "code": "x"}}
    return Answer(status, [json.dumps(body).encode()], headers=headers)


def embeddings(rows: Iterable[Sequence[float]], *, usage: Any = None) -> Answer:
    data = [{"object": "embedding", "index": index, "embedding": list(row)} for index, row in enumerate(rows)]
    body = {"object": "list", "data": data, "model": UP, "usage": usage or {"prompt_tokens": 5, "total_tokens": 5}}
    return Answer(pieces=[json.dumps(body).encode()], chunked=False)


def split(data: bytes, at: Iterable[int]) -> list[bytes]:
    """Cut bytes at the places named."""
    places = [0, *sorted(set(at)), len(data)]
    return [data[start:end] for start, end in pairwise(places) if end > start]
