"""Answers in Anthropic's protocol for the scripted server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.world.upstream import Answer

USAGE = {"input_tokens": 5, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 1, "output_tokens": 7}


def message(*content: dict[str, Any], stop: str = "end_turn", usage: Any = USAGE) -> Answer:
    body = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-up", "content": list(content)}
    return Answer(pieces=[json.dumps({**body, "stop_reason": stop, "usage": usage}).encode()])


def event(kind: str, **more: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n".encode()


def start(usage: Any = USAGE) -> bytes:
    return event("message_start", message={"id": "msg_1", "model": "claude-up", "usage": {**usage, "output_tokens": 1}})


def text(*words: str, index: int = 0) -> list[bytes]:
    deltas = [event("content_block_delta", index=index, delta={"type": "text_delta", "text": word}) for word in words]
    return [_begin(index, {"type": "text", "text": ""}), *deltas, event("content_block_stop", index=index)]


def tool(identity: str, name: str, *parts: str, index: int) -> list[bytes]:
    block = {"type": "tool_use", "id": identity, "name": name, "input": {}}
    deltas = [
        event("content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": part})
        for part in parts
    ]
    return [_begin(index, block), *deltas, event("content_block_stop", index=index)]


def _begin(index: int, block: dict[str, Any]) -> bytes:
    return event("content_block_start", index=index, content_block=block)


def finish(stop: str = "end_turn", made: int = 7) -> list[bytes]:
    return [
        event("message_delta", delta={"stop_reason": stop}, usage={"output_tokens": made}),
        event("message_stop"),
    ]


def stream(pieces: Sequence[bytes], **more: Any) -> Answer:
    return Answer(pieces=pieces, content_type="text/event-stream", **more)
