"""SDK: an answer that comes in pieces, put together; reads, and opens nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .events import Event
from .shapes.answering import Answer, Piece, Retrieval


@dataclass(slots=True)
class Telling:
    """What has been told so far."""

    text: list[str] = field(default_factory=list)
    annotations: list[Any] = field(default_factory=list)
    retrieval: Retrieval | None = None
    usage: dict[str, Any] | None = None
    model: str = ""
    finish_reason: str | None = None
    last: dict[str, Any] = field(default_factory=dict)

    def told(self, event: Event) -> Iterator[Piece]:
        """The pieces of one event."""
        said = event.said()
        if event.name == "status":
            yield Piece("status", text=str(said.get("message", "")), raw=said)
        elif event.name == "retrieval":
            self.retrieval = Retrieval.read(said)
            yield Piece("retrieval", retrieval=self.retrieval, raw=said)
        else:
            yield from self._chunk(said)

    def end(self) -> Piece:
        """All of it."""
        text = "".join(self.text)
        annotations = tuple(self.annotations)
        whole = Answer(text, self.model, self.finish_reason, self.retrieval, annotations, self.usage, self._as_one())
        return Piece("end", answer=whole)

    def _chunk(self, said: dict[str, Any]) -> Iterator[Piece]:
        self.last = said
        self.model = said.get("model") or self.model
        self.usage = said.get("usage") or self.usage
        for choice in said.get("choices") or ():
            delta = choice.get("delta") or {}
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
            self.annotations += delta.get("annotations") or ()
            if delta.get("content"):
                self.text.append(delta["content"])
                yield Piece("text", text=delta["content"], raw=said)

    def _as_one(self) -> dict[str, Any]:
        """The same as an answer in one piece has it."""
        message = {"role": "assistant", "content": "".join(self.text), "annotations": self.annotations}
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        kept = {name: value for name, value in self.last.items() if name in {"id", "created"}}
        whole = {**kept, "object": "chat.completion", "model": self.model, "choices": [choice], "usage": self.usage}
        return whole | ({"retrieval": self.retrieval.raw} if self.retrieval else {})
