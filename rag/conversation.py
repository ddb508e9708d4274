"""Answering, personas: what a conversation asks last, as a question that stands on its own; pure.

Whoever asks on leaves out what was said before. Their words are then put behind those they go on from: this costs
nothing, needs no model, and finds what they mean, for a search looks for all of what it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.retrieval.stop_words import telling

LONGEST = 4_000  # characters of a question that are looked for; who pastes a page asks at its end
_LONGEST_BEFORE = 600  # of each earlier one
_BACK = 3  # questions that one may go on from
_FEW = 4  # telling words that hardly ask anything alone
_MANY = 14  # words that say enough alone, whatever they point at
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")  # noqa: RUF001 - both apostrophes are in use
_POINTING = (
    "it its they them their theirs him his she her hers this that these those ones such latter"
    " hij hem hun hen deze dit dat ervan erover daarvan daarover dezelfde"
    " ihn ihm ihr ihnen dieser diese dieses diesen diesem davon daran dafür dazu"
    " elle ils elles lui leur cet cette ces cela ça celui celle ceux"
    " ello ella ellos ellas eso esa ese esos esas esto aquello"
    " esso essa essi questo questa quello quella ciò"
    " ele eles elas isso isto aquele aquela dele dela"
)
_POINTS_BACK = frozenset(_POINTING.split())
_GOES_ON = re.compile(
    r"\s*(?:and|but|or|so|then|also|what about|how about|why(?: not)?\s*\?|what else|anything else|which ones?|tell me"
    r" more|more|en\b|maar|dus|hoe zit het|waarom(?: niet)?\s*\?|und|aber|wie sieht es|warum(?: nicht)?\s*\?|wieso\s*\?"
    r"|et|mais|pourquoi(?: pas)?\s*\?|y\b|pero|e\b|ma|por qué\s*\?|perché\s*\?|mas)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, and whether it was made of more than the last words."""

    text: str
    from_before: int = 0  # earlier questions it goes on from


def asked_in(messages: object) -> Asked:
    """The last question of a conversation in OpenAI's shape; empty if nobody asks anything."""
    said = [text for text in _questions(messages) if text]
    if not said:
        return Asked("")
    last = said[-1]
    if not leans(last):
        return Asked(_shortened(last, LONGEST))
    before: list[str] = []
    for earlier in reversed(said[:-1]):
        before.insert(0, _shortened(earlier, _LONGEST_BEFORE))
        if len(before) == _BACK or not leans(earlier):
            break
    return Asked("\n".join([*before, _shortened(last, LONGEST)]), len(before))


def leans(question: str) -> bool:
    """Whether a question means something only with what was said before it."""
    words = [found[0].lower() for found in _WORD.finditer(question)]
    if not words or len(words) > _MANY:
        return False
    if _GOES_ON.match(question):
        return True
    alone = [found[0] for found in _WORD.finditer(telling(question)) if found[0].lower() not in _POINTS_BACK]
    points = any(word in _POINTS_BACK for word in words)
    return (points and len(alone) <= _FEW) or (len(alone) <= 1 and len(words) < _FEW)


def _questions(messages: object) -> Iterator[str]:
    for message in messages if isinstance(messages, Sequence) and not isinstance(messages, str) else ():
        if isinstance(message, Mapping) and message.get("role") == "user":
            yield _text_of(message.get("content")).strip()


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    texts = [part.get("text") for part in parts if isinstance(part, Mapping)]
    return "\n".join(text for text in texts if isinstance(text, str))


def _shortened(text: str, most: int) -> str:
    """Its end, from the beginning of a word on."""
    if len(text) <= most:
        return text
    cut = text[-most:]
    space = cut.find(" ")
    return cut[space + 1 :] if 0 <= space < most // 2 else cut
