"""Knowing, drive: what ScaiDrive's answers say, by any of the names its versions have for it; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WRAPPERS = ("data", "result")
_LISTS = ("items", "results")
_MOST_WRAPPED = 3


def listed(said: Any, *names: str) -> Sequence[Any] | None:
    """The list an answer is about: bare, by one of these names, by a usual one, or inside an envelope."""
    for _ in range(_MOST_WRAPPED):
        if isinstance(said, list):
            return said
        if not isinstance(said, dict):
            return None
        found = next((said[name] for name in (*names, *_LISTS) if isinstance(said.get(name), list)), None)
        if found is not None:
            return list(found)
        said = next((said[name] for name in _WRAPPERS if isinstance(said.get(name), dict | list)), None)
    return None


def text_of(said: Mapping[str, Any], *names: str) -> str | None:
    """The first of these that says something, as text that can be written anywhere."""
    for name in names:
        value = said.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value.strip():
            return value.encode("utf-8", "replace").decode()  # JSON may hold half a character
    return None
