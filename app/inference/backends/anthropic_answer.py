"""Ground floor, inference: Anthropic's answers said in OpenAI's terms; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from app.inference.backends.usage import count_of
from app.inference.errors import UpstreamShapeMismatch
from app.inference.ports import Usage

_FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_GIVEN = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


def completion_body(said: object, *, shown_model: str, created: int) -> dict[str, object]:
    """Return OpenAI's completion object, without usage."""
    blocks = said.get("content") if isinstance(said, Mapping) else None
    if not isinstance(said, Mapping) or not isinstance(blocks, list):
        raise UpstreamShapeMismatch("The backend's answer has no content.")
    known = [block for block in blocks if isinstance(block, Mapping)]
    texts = [str(block.get("text", "")) for block in known if block.get("type") == "text"]
    calls = [_tool_call(block) for block in known if block.get("type") == "tool_use"]
    message: dict[str, object] = {"role": "assistant", "content": "".join(texts) if texts or not calls else None}
    if calls:
        message["tool_calls"] = calls
    return {
        "id": str(said.get("id", "")),
        "object": "chat.completion",
        "created": created,
        "model": shown_model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason(said.get("stop_reason"))}],
    }


def _tool_call(block: Mapping[str, object]) -> dict[str, object]:
    arguments = json.dumps(block.get("input") or {})
    return {
        "id": block.get("id"),
        "type": "function",
        "function": {"name": block.get("name"), "arguments": arguments},
    }


def finish_reason(reason: object) -> str:
    """Translate why the model stopped."""
    return _FINISH.get(reason, "stop") if isinstance(reason, str) else "stop"


def read_usage(said: object, before: Usage | None = None) -> Usage | None:
    """Read a usage object; in a stream later ones carry what changed since `before`."""
    if not isinstance(said, Mapping):
        return before
    given = [count_of(said.get(name)) for name in _GIVEN]
    made = count_of(said.get("output_tokens"))
    # Later counts of the input may leave the cache out, so they never take anything back.
    known = sum(count for count in given if count is not None)
    if before is not None:
        return Usage(max(before.input_tokens, known), before.output_tokens if made is None else made)
    return None if given[0] is None else Usage(known, made or 0)


def openai_usage(usage: Usage) -> dict[str, object]:
    """Say a usage in OpenAI's words."""
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
