"""Knowing, stores: texts as the words that are looked for, the same for what is kept and for what is asked.

Scripts that set no spaces between words are kept a character each, and asked for in pairs that stand side by side.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

_LONGEST = 64  # characters of a word; of longer ones the beginning counts
_MOST_ASKED = 128  # words of a question
_LONGEST_QUESTION = 20_000

_SPACELESS = (
    "\u0e01-\u0e4e\u0e80-\u0ecd\u1000-\u103f\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
    "\u1100-\u11ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"  # Kana
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af"  # Han, Hangul
)
_INDIC = "\u0900-\u0963\u0966-\u0dff"  # whose vowels are marks, and part of the word
_RUNS = re.compile(f"([{_SPACELESS}]+)|((?:[^\\W_{_SPACELESS}]|[{_INDIC}])+)")
_ASCII = {sign: " " for sign in range(128) if not chr(sign).isalnum()}
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")


def kept_words(text: str) -> str:
    """What is kept of a text."""
    if text.isascii():  # the same, three times as fast
        return " ".join([word[:_LONGEST] for word in text.lower().translate(_ASCII).split()])
    return " ".join(" ".join(run) if spaceless else word[:_LONGEST] for run, word, spaceless in _runs(text))


def held_words(text: str) -> list[str]:
    """The same for an index that knows no phrases: two characters that stand side by side are a word as well."""
    if text.isascii():
        return kept_words(text).split()
    held: list[str] = []
    for run, word, spaceless in _runs(text):
        held += [*run, *map("".join, pairwise(run))] if spaceless else [word[:_LONGEST]]
    return held


def asked_words(text: str) -> list[tuple[str, ...]]:
    """What is asked for by a text, or by its beginning: phrases of a word each or of two characters, once."""
    asked: dict[tuple[str, ...], None] = {}
    for run, word, spaceless in _runs(text[:_LONGEST_QUESTION]):
        for phrase in _pairs(run) if spaceless else [(word[:_LONGEST],)]:
            asked[phrase] = None
            if len(asked) == _MOST_ASKED:
                return list(asked)
    return list(asked)


def _pairs(run: str) -> list[tuple[str, ...]]:
    return [*pairwise(run)] or [(run,)]


def _runs(text: str) -> list[tuple[str, str, bool]]:
    return [(run, word, bool(run)) for run, word in _RUNS.findall(_folded(text))]


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.encode("utf-8", "replace").decode("utf-8")).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", apart))
