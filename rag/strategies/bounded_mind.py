"""Answering, strategies: a model that is asked so often and so much, and not more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.inference.ports import Completion
from app.inference.preparation import estimate_input
from rag.strategies.fitting import Shorten, fitted
from rag.strategies.strategy import Bounds, Mind
from rag.strategies.under_way import UnderWay

_LONGEST_TURN = 1_000  # tokens that are written
_PARTS = 4  # of a window: no more than one is for them


class OutOfBounds(Exception):
    """Something was used up; the message says what: turns, tokens or the window."""


@dataclass(slots=True)
class BoundedMind:
    """Counts the turns of an agent and what they take; in the last one no tool is called any more."""

    mind: Mind
    bounds: Bounds
    before: Callable[[], Awaitable[None]]  # every turn
    under_way: UnderWay
    shortened: Shorten  # what its tools have answered
    turns: int = 0
    tokens: int = 0

    @property
    def writes(self) -> bool:
        """As the model behind it."""
        return self.mind.writes

    @property
    def calls_tools(self) -> bool:
        """As the model behind it."""
        return self.mind.calls_tools

    @property
    def window(self) -> int:
        """As of the model behind it."""
        return self.mind.window

    async def answer(self, fields: Mapping[str, Any]) -> Completion:
        """Answer a turn, or raise OutOfBounds."""
        self.turns += 1
        if self.turns > self.bounds.turns:
            raise OutOfBounds("turns")
        longest = min(_LONGEST_TURN, self.window // _PARTS)
        fitting = fitted(fields, self.window - longest, self.shortened)
        if fitting is None:
            raise OutOfBounds("window")
        return await self._answer(fitting, longest)

    async def _answer(self, fields: Mapping[str, Any], longest: int) -> Completion:
        left = self.bounds.agent_tokens - self.tokens - estimate_input(fields)
        if left <= 0:
            raise OutOfBounds("tokens")
        choice = {"tool_choice": "none"} if self.turns == self.bounds.turns else {}
        limited = {"temperature": 0, "max_tokens": min(left, longest)}
        with self.under_way.going_on():
            await self.before()
            completion = await self.mind.answer({**fields, **choice, **limited})
        self.tokens += completion.usage.input_tokens + completion.usage.output_tokens
        return completion
