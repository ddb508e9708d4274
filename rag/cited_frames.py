"""Answering, personas: an answer that comes piece by piece, with what its numbers name at its end."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.inference.enriching import event
from app.inference.ports import ChatStream, Usage
from rag.citations import Cited, Markers

_TO_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DATA = b"data: "
_END = b"\n\n"
# A piece of an answer and nothing beside it, as almost every frame is. Quotes within a JSON string are escaped, so
# these words are keys.
_PIECE = re.compile(
    rb'"choices"\s*:\s*\[\s*\{\s*"index"\s*:\s*0\s*,\s*"delta"\s*:\s*\{\s*"content"\s*:\s*("(?:[^"\\]|\\.)*")\s*\}'
)
_MORE = re.compile(rb'"finish_reason"\s*:\s*"|"usage"\s*:\s*\{')


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told beside an answer at one moment."""

    retrieval: dict[str, Any]
    annotations: Callable[[Sequence[Cited]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of an answer, and where in the bytes of their frame they stand, quotes included."""

    text: str
    start: int
    end: int


class CitedFrames:
    """Frames of a model, in which no number stands that names nothing; bytes that need no change are passed on."""

    def __init__(
        self,
        opened: ChatStream,
        markers: Callable[[], Markers],
        facts: Callable[[], Awaitable[Facts]],
        still: Callable[[], Awaitable[None]],
        *,
        told: bool,
    ) -> None:
        """`still` raises once nothing more of it may be said."""
        self._opened, self._pieces = opened, aiter(opened)
        self._make, self._facts, self._still = markers, facts, still
        self._told = told  # whether events may stand between frames
        self._begun = False
        self._choices: dict[int, Markers] = {}
        self._last = b""  # frame with a piece of an answer

    @property
    def usage(self) -> Usage | None:
        """What the backend says the call took."""
        return self._opened.usage

    @property
    def frames(self) -> int:
        """How many frames the backend has sent."""
        return self._opened.frames

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """One or more whole frames."""
        if not self._begun:
            self._begun = True
            if self._told:
                return event("retrieval", (await self._facts()).retrieval)
        while True:
            try:
                piece = await anext(self._pieces)
            except StopAsyncIteration:
                if left := self._left():
                    return left
                raise
            await self._still()
            if out := await self._read(piece):
                return out

    async def aclose(self) -> None:
        """Stop the backend's work."""
        await self._opened.aclose()

    async def _read(self, piece: bytes) -> bytes:
        out = [await self._frame(frame) for frame in piece.split(_END) if frame]
        return b"".join(out)

    async def _frame(self, frame: bytes) -> bytes:
        piece = _piece_in(frame)
        return await self._read_whole(frame) if piece is None else self._read_piece(frame, piece)

    def _read_piece(self, frame: bytes, piece: Piece) -> bytes:
        """Of a frame with a piece of an answer alone nothing else is read, and nothing else is changed."""
        self._last = frame
        said = self._markers({}).feed(piece.text)
        if said == piece.text:
            return frame + _END
        told = _TO_JSON(said).encode(errors="replace")
        return frame[: piece.start] + told + frame[piece.end :] + _END if said else b""

    async def _read_whole(self, frame: bytes) -> bytes:
        chunk = _chunk_in(frame)
        choices = None if chunk is None else chunk.get("choices")
        if chunk is None or not isinstance(choices, list) or not choices:
            return frame + _END
        self._last = frame
        ends = [one for one in choices if isinstance(one, dict) and one.get("finish_reason")]
        changed = [self._shorten(one) for one in choices if isinstance(one, dict)]
        if ends:
            await self._finish(chunk, ends)
        elif not any(changed):
            return frame + _END
        elif all(_says_nothing(one) for one in choices) and not chunk.get("usage"):
            return b""
        return _frame_of(chunk)

    def _shorten(self, choice: dict[str, Any]) -> bool:
        """Let out of a piece of an answer what may be said now; says whether that is another piece."""
        delta = choice.get("delta")
        content = delta.get("content") if isinstance(delta, dict) else None
        if not isinstance(delta, dict) or not isinstance(content, str) or not content:
            return False
        delta["content"] = self._markers(choice).feed(content)
        return bool(delta["content"] != content)

    async def _finish(self, chunk: dict[str, Any], ends: Sequence[dict[str, Any]]) -> None:
        """Say what was held back, and what the numbers of the answer name, if it has any."""
        for choice in ends:
            if not isinstance(choice.get("delta"), dict):
                choice["delta"] = {}
            if left := self._markers(choice).end():
                choice["delta"]["content"] = f"{choice['delta'].get('content') or ''}{left}"
        named = any(self._markers(choice).cited for choice in ends)
        facts = await self._facts() if named or not self._told else None
        for choice in ends:
            cited = self._markers(choice).cited
            choice["delta"]["annotations"] = facts.annotations(cited) if facts is not None else []
        if facts is not None and not self._told:
            chunk["retrieval"] = facts.retrieval

    def _markers(self, choice: dict[str, Any]) -> Markers:
        said = choice.get("index")
        index = said if isinstance(said, int) else 0
        markers = self._choices.get(index)
        if markers is None:
            markers = self._choices[index] = self._make()
        return markers

    def _left(self) -> bytes:
        """What a backend that never says that it has finished leaves unsaid."""
        left = {index: markers.end() for index, markers in self._choices.items() if markers.holds}
        if not left:
            return b""
        choices = [{"index": index, "delta": {"content": text}, "finish_reason": None} for index, text in left.items()]
        return _frame_of({**(_chunk_in(self._last) or {}), "choices": choices})


def _piece_in(frame: bytes) -> Piece | None:
    """The words of a frame that holds words of the first answer and nothing else."""
    found = _PIECE.search(frame) if frame.startswith(_DATA) and frame.count(b'"delta"') == 1 else None
    if found is None or frame.count(b'"choices"') > 1 or _MORE.search(frame):
        return None
    try:
        text = json.loads(found[1].decode(errors="surrogatepass"))
    except ValueError:
        return None
    return Piece(text, *found.span(1)) if text else None


def _chunk_in(frame: bytes) -> dict[str, Any] | None:
    if not frame.startswith(_DATA):
        return None
    try:
        chunk = json.loads(frame[len(_DATA) :].decode(errors="surrogatepass"))
    except ValueError:
        return None
    return chunk if isinstance(chunk, dict) else None


def _says_nothing(choice: Any) -> bool:
    delta = choice.get("delta") if isinstance(choice, dict) else None
    return isinstance(delta, dict) and set(delta) <= {"content"} and not delta.get("content")


def _frame_of(chunk: dict[str, Any]) -> bytes:
    return _DATA + _TO_JSON(chunk).encode(errors="replace") + _END
