"""Ground floor, inference: the quoting model as the backend sees it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from app.inference.backends.embedded.quote.answer import answer
from app.inference.backends.embedded.quote.conversation import read
from app.inference.backends.embedded.quote.limits import Limits, count_tokens
from app.inference.backends.embedded.quote.stream import QuoteStream
from app.inference.backends.embedded.quote.written import Written
from app.inference.ports import ChatCall, ChatStream, Completion


@dataclass(frozen=True, slots=True)
class QuoteModel:
    """Answers the last question with sentences quoted from the conversation's passages."""

    now: Callable[[], float]

    async def complete(self, call: ChatCall) -> Completion:
        """Answer in one piece."""
        written = await self._write(call)
        return Completion(written.completion(), written.usage)

    async def open(self, call: ChatCall) -> ChatStream:
        """Answer a few words at a time; the answer is known before the first."""
        return QuoteStream(await self._write(call), include_usage=call.include_usage)

    async def _write(self, call: ChatCall) -> Written:
        # A context may be a megabyte long: reading it must not hold up everyone else.
        return await asyncio.to_thread(self._written, call)

    def _written(self, call: ChatCall) -> Written:
        limits = Limits.read(call.fields)
        reading = read(call.fields.get("messages"))
        found = answer(reading.question, reading.passages)
        text = found.text
        if limits.as_json:
            text = json.dumps({"answer": found.text, "sources": list(found.sources)}, ensure_ascii=False)
        tokens, ending = limits.cut(text)
        return Written(
            id=f"chatcmpl-{secrets.token_hex(12)}",
            created=int(self.now()),
            model=call.shown_model,
            tokens=tuple(tokens),
            ending=ending,
            prompt_tokens=sum(map(count_tokens, reading.texts)),
        )
