"""Ground floor, inference: an answer that no model was asked for, in the shapes of one that was."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from app.inference.ports import Completion, Usage

NOTHING_TAKEN = Usage(0, 0)
_TEXT = (None, "text")


def completion_of(text: str, model: str, fields: Mapping[str, Any]) -> Completion:
    """The answer in one piece."""
    message = {"role": "assistant", "content": _formed(text, fields), "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    body = {**_envelope("chat.completion", model), "choices": [choice], "usage": _usage()}
    return Completion(body, NOTHING_TAKEN)


class SaidStream:
    """The same as frames."""

    def __init__(self, text: str, model: str, fields: Mapping[str, Any], *, include_usage: bool) -> None:
        envelope = _envelope("chat.completion.chunk", model)
        deltas = [({"role": "assistant", "content": _formed(text, fields)}, None), ({}, "stop")]
        choices: list[list[dict[str, Any]]] = [
            [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": ending}] for delta, ending in deltas
        ]
        said: list[dict[str, Any]] = [{**envelope, "choices": made} for made in choices]
        if include_usage:
            said.append({**envelope, "choices": [], "usage": _usage()})
        self._frames = [b"data: " + json.dumps(one, ensure_ascii=False).encode() + b"\n\n" for one in said]
        self.usage: Usage | None = NOTHING_TAKEN
        self.frames = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """One frame."""
        if not self._frames:
            raise StopAsyncIteration
        self.frames += 1
        return self._frames.pop(0)

    async def aclose(self) -> None:
        """Say nothing more."""
        self._frames.clear()


def _formed(text: str, fields: Mapping[str, Any]) -> str:
    """As JSON where JSON was asked for: whoever reads it would fail at a sentence."""
    form = fields.get("response_format")
    kind = form.get("type") if isinstance(form, Mapping) else None
    return text if kind in _TEXT else json.dumps({"answer": text}, ensure_ascii=False)


def _envelope(kind: str, model: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{secrets.token_hex(12)}", "object": kind, "created": int(time.time()), "model": model}


def _usage() -> dict[str, int]:
    return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
