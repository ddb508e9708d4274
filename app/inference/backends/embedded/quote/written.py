"""Ground floor, inference: a finished answer in OpenAI's shapes, whole or in frames."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from app.inference.ports import Usage

TOKENS_PER_FRAME = 4  # a few words


@dataclass(frozen=True, slots=True)
class Written:
    """An answer and what its envelope says."""

    id: str
    created: int
    model: str
    tokens: tuple[str, ...]
    ending: str
    prompt_tokens: int

    @property
    def usage(self) -> Usage:
        """What it took."""
        return Usage(input_tokens=self.prompt_tokens, output_tokens=len(self.tokens))

    def completion(self) -> dict[str, object]:
        """The answer in one piece."""
        message = {"role": "assistant", "content": "".join(self.tokens), "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.ending}
        return {**self._envelope("chat.completion"), "choices": [choice], "usage": self._usage()}

    def frames(self, *, include_usage: bool) -> Iterator[bytes]:
        """The answer as events: the role, a few words at a time, how it ended, what it took if that was asked."""
        extra: dict[str, object] = {"usage": None} if include_usage else {}
        yield self._frame({"role": "assistant", "content": ""}, None, extra)
        for at in range(0, len(self.tokens), TOKENS_PER_FRAME):
            yield self._frame({"content": "".join(self.tokens[at : at + TOKENS_PER_FRAME])}, None, extra)
        yield self._frame({}, self.ending, extra)
        if include_usage:
            yield _event({**self._envelope("chat.completion.chunk"), "choices": [], "usage": self._usage()})

    def _frame(self, delta: dict[str, str], ending: str | None, extra: dict[str, object]) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": ending}
        return _event({**self._envelope("chat.completion.chunk"), "choices": [choice], **extra})

    def _envelope(self, kind: str) -> dict[str, object]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _usage(self) -> dict[str, int]:
        output = len(self.tokens)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": output,
            "total_tokens": self.prompt_tokens + output,
        }


def _event(chunk: dict[str, object]) -> bytes:
    return b"data: " + json.dumps(chunk, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
