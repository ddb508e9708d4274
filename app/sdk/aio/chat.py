"""SDK: conversations with models and assistants, in one piece or as they come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from ..errors import BrokenOff
from ..events import Lines
from ..sending import given
from ..shapes.answering import Answer, Piece
from ..telling import Telling
from .transport import Transport

_AT = "/v1/inference/chat"
_PATIENCE = 300.0  # seconds without a byte of an answer in one piece
Question = str | Sequence[Mapping[str, Any]]


class Chat:
    """Models and assistants."""

    def __init__(self, transport: Transport):
        self._transport = transport

    async def ask(self, model: str, question: Question, **options: Any) -> Answer:
        """Have a question, or a whole conversation, answered in one piece."""
        said = await self._transport.post(_AT, _body(model, question, options), silence=_PATIENCE)
        return Answer.read(said)

    async def stream(self, model: str, question: Question, **options: Any) -> AsyncGenerator[Piece, None]:
        """Have it answered as it comes; the last piece is the `end`, with the whole answer."""
        body = _body(model, question, options) | {"stream": True, "stream_options": {"include_usage": True}}
        lines, telling = Lines(), Telling()
        async with self._transport.open("POST", _AT, json=body, silence=_PATIENCE) as answer:
            async for line in answer.aiter_lines():
                event = lines.feed(line)
                if event is None:
                    continue
                if event.is_end:
                    yield telling.end()
                    return
                for piece in telling.told(event):
                    yield piece
        raise BrokenOff("The answer broke off before its end.")


def _body(model: str, question: Question, options: Mapping[str, Any]) -> dict[str, Any]:
    messages = [{"role": "user", "content": question}] if isinstance(question, str) else list(question)
    return {"model": model, "messages": messages, **given(**options)}
