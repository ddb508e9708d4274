"""Answering, strategies: the conversation of an agent, fitted into the window of its model; pure.

What was looked up first gives way first, and of each answer what came last in it: so the best passages stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rag.room import guessed

Shorten = Callable[[str, int, int], str]  # a tool's answer, tokens, and how many parts of its materials stay whole
_AROUND = 4  # tokens of a message beside what it says


def fitted(fields: Mapping[str, Any], room: int, shortened: Shorten) -> Mapping[str, Any] | None:
    """The fields of a request whose tools have answered no more than there is room for; None if it is too much yet."""
    whole = list(fields.get("messages") or ())
    made = list(whole)
    over = _beside(fields) + sum(map(_takes, made)) - room
    for least in (1, 0):
        for place, message in enumerate(whole):
            if over <= 0:
                break
            if message.get("role") == "tool":
                left = guessed(str(made[place]["content"])) - over
                shorter = {**message, "content": shortened(str(message["content"]), max(left, 0), least)}
                over -= _takes(made[place]) - _takes(shorter)
                made[place] = shorter
    return {**fields, "messages": made} if over <= 0 else None


def _takes(message: Mapping[str, Any]) -> int:
    called = message.get("tool_calls")
    return _AROUND + guessed(str(message.get("content") or "")) + (guessed(json.dumps(called)) if called else 0)


def _beside(fields: Mapping[str, Any]) -> int:
    return guessed(json.dumps(fields["tools"])) if fields.get("tools") else 0
