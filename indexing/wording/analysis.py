"""Knowing, wording: texts as the words that are looked for, the same for what is kept and for what is asked.

A word is kept as its stem, with a sign of the language that its text is written in; a question is too short to tell
its language, and asks for the stems of a word in every one. So a word always finds itself, and its other forms where
they are in the same language. Numbers, codes and words of other scripts have no forms and are kept as they are.
Scripts that set no spaces between words are kept a character each, and asked for in pairs that stand side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from indexing.wording.folding import folded
from indexing.wording.stems import language_of, stemmer
from indexing.wording.stop_words import Language

ANALYSIS = 1  # another number when the same text becomes other words: what is kept is then read again, and kept anew
Phrase = tuple[tuple[str, ...], ...]  # stands word by word side by side, each of them in any of some forms

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
_SIGNS = {language: chr(0xE000 + place) for place, language in enumerate(Language)}  # no text has words of these


def kept_words(text: str) -> str:
    """What is kept of a text."""
    if text.isascii():  # the same, three times as fast
        return " ".join(_stems([word[:_LONGEST] for word in text.lower().translate(_ASCII).split()]))
    return " ".join(_stems([part for run, word in _runs(text) for part in (run or (word[:_LONGEST],))]))


def held_words(text: str) -> list[str]:
    """The same for an index that knows no phrases: two characters that stand side by side are a word as well."""
    if text.isascii():
        return kept_words(text).split()
    held: list[str] = []
    for run, word in _runs(text):
        held += [*run, *map("".join, pairwise(run))] if run else [word[:_LONGEST]]
    return _stems(held)


def asked_words(text: str) -> list[Phrase]:
    """What is asked for by a text, or by its beginning: phrases of a word each or of two characters, once."""
    asked: dict[Phrase, None] = {}
    for run, word in _runs(text[:_LONGEST_QUESTION]):
        for phrase in _pairs(run) if run else [(_forms(word[:_LONGEST]),)]:
            asked[phrase] = None
            if len(asked) == _MOST_ASKED:
                return list(asked)
    return list(asked)


def _stems(words: Sequence[str]) -> list[str]:
    language = language_of(set(words))
    sign, stem = _SIGNS[language], stemmer(language)
    return [sign + stem(word) if _has_forms(word) else word for word in words]


def _forms(word: str) -> tuple[str, ...]:
    if not _has_forms(word):
        return (word,)
    return tuple(sign + stemmer(language)(word) for language, sign in _SIGNS.items())


def _has_forms(word: str) -> bool:
    return word.isascii() and word.isalpha()


def _pairs(run: str) -> list[Phrase]:
    return [((one,), (other,)) for one, other in pairwise(run)] or [((run,),)]


def _runs(text: str) -> Iterator[tuple[str, str]]:
    return ((run, word) for run, word in _RUNS.findall(folded(text)))
