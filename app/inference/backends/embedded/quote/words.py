"""Ground floor, inference: texts as comparable words, whatever the language."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

WORD = re.compile(r"[^\W_]+(?:[.,:]\d+)*")
# Scripts written without spaces: their words are met by pairs of characters.
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]")
SUFFIXES = (
    *("ations", "ation", "ments", "ment", "ingen", "ungen", "ing", "ung", "ies", "ied", "edly", "ed", "es", "en", "er"),
    *("at", "ly", "os", "as", "s", "e", "n", "y", "i", "o", "a"),
)
SHORTEST_STEM = 4
LONGEST_WORD = 60
SHORTEST_PART = 5  # characters a word must have to be looked for inside compounds
SAME, PART, KIN = 1.0, 0.7, 0.5


def word_set(listed: str) -> frozenset[str]:
    """Words written in a row."""
    return frozenset(listed.split())


# English verbs whose past shares no stem with them.
IRREGULAR = dict(
    pair.split("/")
    for pair in word_set(
        "began/begin begun/begin brought/bring built/build bought/buy chose/choose chosen/choose found/find gave/give"
        " given/give went/go gone/go held/hold kept/keep lost/lose made/make met/meet paid/pay sold/sell sent/send"
        " spent/spend took/take taken/take taught/teach told/tell thought/think won/win wrote/write written/write"
    )
)


def fold(text: str) -> str:
    """Lower case, without accents."""
    if text.isascii():
        return text.lower()
    bare = "".join(char for char in unicodedata.normalize("NFD", text.casefold()) if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFC", bare)


def words(folded: str) -> list[str]:
    """The words of a folded text, in order."""
    found: list[str] = []
    for match in WORD.finditer(folded):
        word = match[0]
        if len(word) > 1 and UNSPACED.match(word):
            found += (word[at : at + 2] for at in range(len(word) - 1))
        else:
            found.append(word[:LONGEST_WORD])
    return found


def stem(word: str) -> str:
    """Take endings off, the same for every language: crude, but alike for question and passage."""
    if word.isdigit():
        return word
    word = IRREGULAR.get(word, word)
    while True:
        for suffix in SUFFIXES:
            if word.endswith(suffix) and len(word) - len(suffix) >= (3 if suffix in ("s", "en") else SHORTEST_STEM):
                word = word[: -len(suffix)]
                break
        else:
            break
    return word[:-1] if len(word) > SHORTEST_STEM and word[-1] == word[-2] else word


class Vocabulary:
    """Words to be looked up by likeness without going through them all."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known)
        self._by_start: dict[str, list[str]] = defaultdict(list)
        self._by_end: dict[str, list[str]] = defaultdict(list)
        for word in self._known:
            if len(word) >= SHORTEST_PART:
                self._by_start[word[:SHORTEST_PART]].append(word)
                self._by_end[word[-SHORTEST_PART:]].append(word)

    def kin(self, term: str) -> dict[str, float]:
        """The words that may mean the same as a term, and how surely."""
        near = [*self._by_start.get(term[:SHORTEST_PART], ()), *self._by_end.get(term[-SHORTEST_PART:], ())]
        found = {word: likeness for word in near if (likeness := _likeness(term, word))}
        return found | ({term: SAME} if term in self._known else {})


def _likeness(one: str, other: str) -> float:
    shorter, longer = sorted((one, other), key=len)
    if longer.startswith(shorter):
        return PART
    if longer.endswith(shorter):
        return KIN
    shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(shorter))
    return KIN if shared >= max(SHORTEST_PART, 0.7 * len(shorter)) else 0.0
