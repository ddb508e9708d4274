"""Ground floor, inference: Anthropic's events as OpenAI's frames; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from app.inference.backends.anthropic_answer import finish_reason, openai_usage, read_usage
from app.inference.errors import BackendError, BackendFailure, BackendRateLimited, UpstreamShapeMismatch
from app.inference.ports import Usage

MAX_TAIL = 1024 * 1024
_to_json = json.JSONEncoder(separators=(",", ":")).encode


class EventFrames:
    """Takes bytes as they are read, returns whole frames fit for the caller; the same shape as OpenAI's `Frames`."""

    def __init__(self, *, shown_model: str, include_usage: bool, created: int) -> None:
        self._shown_model = shown_model
        self._include_usage = include_usage
        self._created = created
        self._id = ""
        self._tail = b""
        self._tools: dict[str, int] = {}
        self._fault: BackendFailure | None = None
        self.usage: Usage | None = None
        self.passed = 0
        self.done = False
        self.finished = False

    def feed(self, data: bytes) -> bytes:
        """Return the frames that what came amounts to; a failure waits until what came before it is passed on."""
        if self._fault is not None:
            raise self._fault
        *lines, self._tail = (self._tail + data).split(b"\n")
        if len(self._tail) > MAX_TAIL:
            raise UpstreamShapeMismatch("The backend sends an event without an end.")
        out: list[bytes] = []
        try:
            # Every event is one data line which repeats the event's name, so the other lines tell nothing.
            out.extend(self._event(line[5:]) for line in lines if line.startswith(b"data:") and not self.done)
        except BackendFailure as fault:
            if not any(out):
                raise
            self._fault = fault
        return b"".join(out)

    def end(self) -> bytes:
        """Raise unless the answer had come to its end."""
        if self._fault is not None:
            raise self._fault
        if not self.done:
            raise BackendError("The backend broke off before its answer was whole.")
        return b""

    def _event(self, data: bytes) -> bytes:
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            raise UpstreamShapeMismatch("The backend's event is not JSON.") from None
        if not isinstance(event, dict):
            raise UpstreamShapeMismatch("The backend's event is not an object.")
        handle = _HANDLERS.get(str(event.get("type")))
        # New kinds of events may come at any time and are to be left alone.
        return handle(self, event) if handle is not None else b""

    def _started(self, event: Mapping[str, object]) -> bytes:
        message = _object(event.get("message"))
        self._id = str(message.get("id", ""))
        self.usage = read_usage(message.get("usage"))
        return self._chunk({"role": "assistant", "content": ""})

    def _block_started(self, event: Mapping[str, object]) -> bytes:
        block = _object(event.get("content_block"))
        if block.get("type") == "text" and block.get("text"):
            return self._chunk({"content": block["text"]})
        if block.get("type") != "tool_use":
            return b""
        place = self._tools[str(event.get("index"))] = len(self._tools)
        function = {"name": block.get("name"), "arguments": _given(block.get("input"))}
        call = {"index": place, "id": block.get("id"), "type": "function", "function": function}
        return self._chunk({"tool_calls": [call]})

    def _block_went_on(self, event: Mapping[str, object]) -> bytes:
        delta = _object(event.get("delta"))
        if delta.get("type") == "text_delta":
            return self._chunk({"content": delta.get("text", "")})
        place = self._tools.get(str(event.get("index")))
        if delta.get("type") == "input_json_delta" and place is not None:
            call = {"index": place, "function": {"arguments": delta.get("partial_json", "")}}
            return self._chunk({"tool_calls": [call]})
        return b""

    def _message_went_on(self, event: Mapping[str, object]) -> bytes:
        self.usage = read_usage(event.get("usage"), self.usage)
        reason = _object(event.get("delta")).get("stop_reason")
        if reason is None or self.finished:
            return b""
        self.finished = True
        return self._chunk({}, finish=finish_reason(reason))

    def _stopped(self, _: Mapping[str, object]) -> bytes:
        last = b"" if self.finished else self._chunk({}, finish="stop")
        self.finished = self.done = True
        if self.usage is None or not self._include_usage:
            return last
        return last + self._frame({"choices": [], "usage": openai_usage(self.usage)})

    def _failed(self, event: Mapping[str, object]) -> bytes:
        if _object(event.get("error")).get("type") == "rate_limit_error":
            raise BackendRateLimited("The backend asks for fewer requests.")
        raise BackendError("The backend failed in the midst of its answer.")

    def _chunk(self, delta: Mapping[str, object], *, finish: str | None = None) -> bytes:
        return self._frame({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def _frame(self, rest: Mapping[str, object]) -> bytes:
        self.passed += 1
        head = {"id": self._id, "object": "chat.completion.chunk", "created": self._created, "model": self._shown_model}
        return b"data: " + _to_json({**head, **rest}).encode() + b"\n\n"


_HANDLERS = {
    "message_start": EventFrames._started,
    "content_block_start": EventFrames._block_started,
    "content_block_delta": EventFrames._block_went_on,
    "message_delta": EventFrames._message_went_on,
    "message_stop": EventFrames._stopped,
    "error": EventFrames._failed,
}


def _given(whole: object) -> str:
    """Return the arguments when they come with the block's start; mostly they follow in pieces."""
    return json.dumps(whole) if whole else ""


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
