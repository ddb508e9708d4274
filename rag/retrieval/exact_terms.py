"""Answering: what of a question must be said as it is: numbers, codes and names; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexing.wording.folding import folded
from indexing.wording.stems import language_of
from indexing.wording.stop_words import SILENT, Language

_WORD = re.compile(r"[^\W_]+")
_CAPITALISED = {Language.GERMAN}  # languages in which a capital says nothing of a name
_SILENT = frozenset[str]().union(*SILENT.values())
_MOST = 32  # terms of a question


def exact_terms(question: str) -> list[str]:
    """Its words with digits, in capitals, or with a capital where its language sets none; folded."""
    words = [found[0] for found in _WORD.finditer(question)]
    with_capital = [word for word in words if word[0].isupper()]
    capitals_tell = 0 < len(with_capital) * 2 <= len(words) and _language(words) not in _CAPITALISED
    exact = [
        folded(word)
        for place, word in enumerate(words)
        if _has_digit(word) or (_is_word(word) and (word.isupper() or (capitals_tell and place and word[0].isupper())))
    ]
    return list(dict.fromkeys(exact))[:_MOST]


def unsaid(terms: Sequence[str], texts: Sequence[str]) -> int:
    """How many of some terms none of the texts says."""
    if not terms:
        return 0
    said = [folded(text) for text in texts]
    return sum(not any(_says(text, term) for text in said) for term in terms)


def _says(text: str, term: str) -> bool:
    """Whether a term stands somewhere by itself, and not as a part of another word."""
    at = text.find(term)
    while at >= 0:
        end = at + len(term)
        if not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum()):
            return True
        at = text.find(term, at + 1)
    return False


def _language(words: Sequence[str]) -> Language:
    return language_of([folded(word) for word in words])


def _has_digit(word: str) -> bool:
    return any(sign.isdigit() for sign in word)


def _is_word(word: str) -> bool:
    return len(word) > 1 and word.lower() not in _SILENT
