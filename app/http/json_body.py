"""Roof, HTTP: bodies that are JSON as its standard has it, and nothing a database or a client would choke on."""

from __future__ import annotations

import json
import math
from typing import Any

from fastapi import Request

_DEEPEST = 100  # deeper ones are never meant, and what walks them has limits of its own
_SURROGATES = (b"\\ud", b"\\uD")


class NotJson(json.JSONDecodeError):
    """The body is not JSON, or says what JSON cannot."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, "", 0)
        self.reason = reason


class JsonRequest(Request):
    """A request whose JSON is read by our rules."""

    async def json(self) -> Any:
        """Return what the body says; it is read once."""
        if not hasattr(self, "_said"):
            self._said = read_json(await self.body())
        return self._said


def read_json(body: bytes) -> Any:
    """Return what a body says: UTF-8, finite numbers, whole characters, not too deep."""
    try:
        said = json.loads(body.decode(), parse_constant=_no_number, parse_float=_finite)
    except NotJson:
        raise
    except (ValueError, RecursionError):
        raise NotJson("The body is not valid JSON.") from None
    # Both questions are answered by counting for nearly every body; only the others are walked through.
    if body.count(b"[") + body.count(b"{") > _DEEPEST:
        _refuse_deep(said)
    if any(mark in body for mark in _SURROGATES):
        _refuse_halves(said)
    return said


def _no_number(word: str) -> float:
    raise NotJson(f"{word} is not JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotJson("The body says a number that is too large.")
    return number


def _refuse_deep(said: Any) -> None:
    level = [said] if isinstance(said, dict | list) else []
    for _ in range(_DEEPEST + 1):
        level = [part for whole in level for part in _parts(whole) if isinstance(part, dict | list)]
        if not level:
            return
    raise NotJson(f"The body is nested deeper than {_DEEPEST} levels.")


def _parts(whole: Any) -> Any:
    return whole.values() if isinstance(whole, dict) else whole


def _refuse_halves(said: Any) -> None:
    """An escape may name half a character, which no text can hold."""
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NotJson("The body has half a character (a lone surrogate).") from None
