"""Ground floor, inference: what a call took, read from whatever a server says about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.inference.ports import Usage

_CHARACTERS_PER_TOKEN = 4
_MOST_TOKENS = 10**9  # beyond what any call takes, and what a ledger holds


def read_usage(said: object) -> Usage | None:
    """Read OpenAI's usage object; None unless it says at least what went in."""
    if not isinstance(said, Mapping):
        return None
    given = count_of(said.get("prompt_tokens"))
    total = count_of(said.get("total_tokens"))
    made = count_of(said.get("completion_tokens"))
    if not given:  # no conversation is of no tokens: a server that says so does not count
        return None
    if made is None:
        made = max(total - given, 0) if total is not None else 0
    return Usage(given, made)


def estimated(given: Iterable[object], made: Iterable[object] = ()) -> Usage:
    """Estimate from the lengths of the texts, for servers that keep silent."""
    return Usage(tokens_of(given), tokens_of(made), estimated=True)


def tokens_of(parts: Iterable[object]) -> int:
    """Estimate the tokens of texts, wherever in nested JSON they are."""
    characters = sum(_characters(part) for part in parts)
    return -(-characters // _CHARACTERS_PER_TOKEN)


def _characters(part: object) -> int:
    pending, total = [part], 0
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            # An image inside a message is not read letter by letter; what it costs cannot be told from its length.
            total += 0 if one.startswith("data:") else len(one)
        elif isinstance(one, Mapping):
            pending.extend(one.values())
        elif isinstance(one, list | tuple):
            pending.extend(one)
    return total


def count_of(value: object) -> int | None:
    """Return a number of tokens if it can be one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _MOST_TOKENS:
        return None
    return int(value)
