"""Ground floor, inference: what a request sets for the answer's length and shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.inference.errors import BackendRefused

# About what word-piece vocabularies make of a text: short words whole, long ones in parts, punctuation by itself.
TOKEN = re.compile(r"\s*(?:\w{1,6}|[^\w\s])|\s+")


@dataclass(frozen=True, slots=True)
class Limits:
    """The part of a request's fields this model obeys."""

    most_tokens: int | None
    stops: tuple[str, ...]
    as_json: bool

    @classmethod
    def read(cls, fields: Mapping[str, object]) -> Limits:
        """Take them from the fields; what cannot be obeyed is refused, not ignored."""
        if fields.get("n") not in (None, 1):
            raise BackendRefused("local/quote gives one answer: `n` must be 1.")
        form = fields.get("response_format")
        kind = form.get("type") if isinstance(form, Mapping) else None
        if kind not in (None, "text", "json_object"):
            raise BackendRefused(f"local/quote cannot answer in the response format {kind!r}; json_object it can.")
        return cls(_most_tokens(fields), _stops(fields.get("stop")), kind == "json_object")

    def cut(self, text: str) -> tuple[list[str], str]:
        """Cut a text into tokens, no further than allowed; tell how it ended."""
        ends = min((at for stop in self.stops if (at := text.find(stop)) >= 0), default=len(text))
        tokens = [match[0] for match in TOKEN.finditer(text[:ends])]
        if self.most_tokens is not None and len(tokens) > self.most_tokens:
            return tokens[: self.most_tokens], "length"
        return tokens, "stop"


def count_tokens(text: str) -> int:
    """Count a text's tokens as `cut` makes them."""
    return sum(1 for _ in TOKEN.finditer(text))


def _most_tokens(fields: Mapping[str, object]) -> int | None:
    for name in ("max_completion_tokens", "max_tokens"):
        value = fields.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise BackendRefused(f"`{name}` must be a whole number above 0.")
        return value
    return None


def _stops(value: object) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value or []
    if not isinstance(given, list) or not all(isinstance(stop, str) for stop in given):
        raise BackendRefused("`stop` must be a text or a list of texts.")
    return tuple(stop for stop in given if stop)
