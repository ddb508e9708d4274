"""Answering, personas: how much of what was found a model has room for beside what it is asked; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from app.inference.callable import CallableModel
from app.inference.preparation import estimate_input, estimate_output

Count = Callable[[str], int]
UNSAID = 32_768  # tokens of a model whose window nobody has named
_CHARACTERS = 4  # of an estimated token
_LITTLE = 20  # parts of a window: what is shorter than one may as well be a token a letter
_PARTS = 4  # of a window: no more than one is kept for the answer, whatever is asked for
_AT_ONCE = 20_000  # characters that are counted; of more, a guess on the safe side has to do


def room_for(model: CallableModel, fields: Mapping[str, Any], count: Count) -> int:
    """Tokens that are left for passages; 0 or less if the conversation takes them all."""
    window = model.context_window or UNSAID
    answer = min(estimate_output(model, fields), window // _PARTS)
    prompt = model.system_prompt_template or ""
    texts = [prompt, *_texts(fields)]
    length = sum(map(len, texts))
    beside = max(estimate_input(fields) - (length - len(prompt)) // _CHARACTERS, 0)  # tools and the like
    return window - answer - beside - _tokens(texts, length, window, count)


def _tokens(texts: Sequence[str], length: int, window: int, count: Count) -> int:
    """What texts take: counted where it matters and takes no time, else a guess on the safe side."""
    if length > _AT_ONCE:
        return sum(map(guessed, texts))
    if length < window // _LITTLE and all(text.isascii() for text in texts):
        return length
    return sum(map(count, texts))


def guessed(text: str) -> int:
    """About how many tokens a text takes, on the safe side, whatever its model and however long it is."""
    plain = len(text) if text.isascii() else len(text.encode("ascii", "ignore"))
    return plain // 3 + len(text) - plain + 1


def _texts(fields: Mapping[str, Any]) -> Iterator[str]:
    for message in fields.get("messages") or ():
        content = message.get("content")
        if isinstance(content, str):
            yield content
        elif isinstance(content, list):
            yield from (str(part.get("text") or "") for part in content if isinstance(part, dict))
