"""Ground floor, inference: OpenAI's event stream cut at its frames; bytes go through, JSON is hardly ever read; pure.

Inside a JSON string a quote is always escaped, so a key like `"usage"` cannot occur in what a model says, and
looking for it in the bytes is safe.
"""

from __future__ import annotations

import json
import re

from app.inference.backends.usage import read_usage
from app.inference.errors import BackendError, BackendFailure, BackendRateLimited, BackendRefused, UpstreamShapeMismatch
from app.inference.ports import Usage

MAX_TAIL = 1024 * 1024
_MODEL = re.compile(rb'"model"\s*:\s*(?:"(?:[^"\\]|\\.)*"|null)')
_USAGE = re.compile(rb'"usage"\s*:\s*\{')
_ERROR = re.compile(rb'"error"\s*:\s*[{"]')
_FINISH = re.compile(rb'"finish_reason"\s*:\s*"')
_ERROR_EVENT = re.compile(rb"^event:\s*error", re.MULTILINE)
_DONE = b"[DONE]"
_TOO_MANY = frozenset({"429", "rate_limit_exceeded", "rate_limit_error"})
_REFUSED = frozenset({"400", "413", "422", "invalid_request_error", "context_length_exceeded", "BadRequestError"})


class ChunkFrames:
    """Takes bytes as they are read, returns whole frames fit for the caller."""

    def __init__(self, *, shown_model: str, include_usage: bool) -> None:
        self._shown = b'"model":' + json.dumps(shown_model).encode()
        self._said = b""
        self._include_usage = include_usage
        self._tail = b""
        self.usage: Usage | None = None
        self.passed = 0
        self.done = False
        self.finished = False
        self._fault: BackendFailure | None = None

    def feed(self, data: bytes) -> bytes:
        """Return every frame that is complete now, one behind the other; hold back what is not.

        What came before a failure is returned first, whichever way the bytes were cut; the next call raises.
        """
        self._raise_if_failed()
        data = self._tail + data if self._tail else data
        if b"\r" in data:
            data = _one_line_end(data)
        cut = data.rfind(b"\n\n") + 2
        if cut < 2:
            self._hold(data)
            return b""
        self._hold(data[cut:])
        block = data[:cut] if cut < len(data) else data
        count = block.count(b"\n\n")
        if self.passed > 0 and _is_plain(block, count):
            self.passed += count
            self.finished = self.finished or _FINISH.search(block) is not None
            return self._renamed(block, count)
        return self._one_by_one(block)

    def end(self) -> bytes:
        """Return a last frame whose blank line never came; raise if the answer itself had not ended."""
        self._raise_if_failed()
        tail, self._tail = self._tail.replace(b"\r", b"\n"), b""
        last = self._one_by_one(tail) if _is_whole(tail) else b""
        if not last:
            self._raise_if_failed()
            if not self.done and not self.finished:
                raise BackendError("The backend broke off before its answer was whole.")
        return last

    def _raise_if_failed(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _one_by_one(self, block: bytes) -> bytes:
        out: list[bytes] = []
        try:
            out.extend(self._frame(frame) for frame in block.split(b"\n\n"))
        except BackendFailure as fault:
            if not any(out):
                raise
            self._fault = fault
        return b"".join(out)

    def _hold(self, tail: bytes) -> None:
        if len(tail) > MAX_TAIL:
            raise UpstreamShapeMismatch("The backend sends a frame without an end.")
        self._tail = tail

    def _renamed(self, block: bytes, count: int) -> bytes:
        if self._said and block.count(self._said) == count:
            return block.replace(self._said, self._shown)
        # The first frame, or a server that names itself differently from frame to frame, as Azure does.
        found = _MODEL.search(block)
        if found is None:
            return block
        self._said = found.group()
        return _MODEL.sub(lambda _: self._shown, block)

    def _frame(self, frame: bytes) -> bytes:
        """Look at one frame that may be more than a piece of an answer."""
        payload = _payload(frame)
        if self.done or not payload:
            return b""
        if _ERROR_EVENT.search(frame):
            raise failure_in_stream(_decoded(payload).get("error"))
        if payload == _DONE:
            self.done = True
            return b""
        unread = self.passed and payload[:1] == b"{" and not (_USAGE.search(payload) or _ERROR.search(payload))
        if not unread and not self._belongs(payload):
            return b""
        self.finished = self.finished or _FINISH.search(payload) is not None
        self.passed += 1
        return self._renamed(b"data: " + payload + b"\n\n", 1)

    def _belongs(self, payload: bytes) -> bool:
        """Read a frame's JSON, take note of the usage; False when the frame is not for the caller."""
        said = _decoded(payload)
        if said.get("error"):
            raise failure_in_stream(said["error"])
        self.usage = read_usage(said.get("usage")) or self.usage
        choices = said.get("choices")
        if not isinstance(choices, list):
            raise UpstreamShapeMismatch("The backend's frame has no choices.")
        return bool(choices) or not said.get("usage") or self._include_usage


def failure_in_stream(error: object) -> BackendFailure:
    """Say what an error object in the midst of an answer means."""
    said = {str(error.get("code")), str(error.get("type"))} if isinstance(error, dict) else set()
    if said & _TOO_MANY:
        return BackendRateLimited("The backend asks for fewer requests.")
    if said & _REFUSED:
        return BackendRefused("The backend refuses this request as it stands.")
    return BackendError("The backend failed in the midst of its answer.")


def _is_plain(block: bytes, count: int) -> bool:
    """Tell whether every frame is one data line that holds a piece of an answer and nothing else."""
    return (
        block.startswith(b"data: {")
        and block.count(b"\n\ndata: {") == count - 1
        and block.count(b"\n") == 2 * count
        and _DONE not in block
        and (b'"usage"' not in block or _USAGE.search(block) is None)
        and (b'"error"' not in block or _ERROR.search(block) is None)
    )


def _one_line_end(data: bytes) -> bytes:
    """Make every line end a newline; a carriage return at the very end may be half of one and is kept."""
    half = data.endswith(b"\r")
    data = (data[:-1] if half else data).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data + b"\r" if half else data


def _payload(frame: bytes) -> bytes:
    if frame.startswith(b"data:") and b"\n" not in frame:
        return frame[5:].strip()
    return b"".join(line[5:].strip() for line in frame.split(b"\n") if line.startswith(b"data:"))


def _is_whole(tail: bytes) -> bool:
    """Tell whether bytes without their blank line are a frame all the same."""
    payload = _payload(tail)
    if payload == _DONE:
        return True
    try:
        return bool(_decoded(payload))
    except UpstreamShapeMismatch:
        return False


def _decoded(payload: bytes) -> dict[str, object]:
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        raise UpstreamShapeMismatch("The backend's frame is not JSON.") from None
    if not isinstance(said, dict):
        raise UpstreamShapeMismatch("The backend's frame is not an object.")
    return said
