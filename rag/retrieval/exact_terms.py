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
    capitals_tell = len(with_capital) * 2 <= len(words) and _language(words) not in _CAPITALISED
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
    words = {word for text in said for word in _WORD.findall(text)}
    return sum(term not in words and not _is_part(term, said) for term in terms)


def _is_part(term: str, said: Sequence[str]) -> bool:
    """Whether a term of which some signs are in no word is said somewhere, such as a fraction that was folded."""
    if term.isalnum():
        return False
    alone = re.compile(rf"(?<![^\W_]){re.escape(term)}(?![^\W_])")
    return any(alone.search(text) for text in said)


def _language(words: Sequence[str]) -> Language:
    return language_of([folded(word) for word in words])


def _has_digit(word: str) -> bool:
    return any(sign.isdigit() for sign in word)


def _is_word(word: str) -> bool:
    return len(word) > 1 and word.lower() not in _SILENT
