"""Answering, strategies: better questions without a model, out of what a first pass found; pure.

What a question asks and a passage does not say, together with the names that the passage adds: so one comes from what
is named to what is known of it. What the best passage says is followed first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from indexing.wording.stop_words import SILENT
from rag.sources.gathered import Piece
from rag.strategies.rewriting import clean

MOST = 2  # queries: with the first pass three searches
_READ = 3  # passages
_LONGEST_PASSAGE = 4_000
_MOST_NAMES, _MOST_TERMS = 4, 6
_LOOKED_BACK = 8  # characters, for the end of a sentence
_ROOT = 5  # letters in which forms of one word agree
_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_SENTENCE_END = frozenset(".!?:;\n•*-#")
_SILENT = frozenset[str]().union(*SILENT.values())


def expanded(question: str, pieces: Sequence[Piece]) -> list[str]:
    """At most two other questions; none where the passages add nothing to the question."""
    asked, made = _telling(question), list[str]()
    roots = {_root(word) for word in asked}
    for piece in pieces[:_READ]:
        text = piece.passage.content[:_LONGEST_PASSAGE]
        said = {_root(word) for word in _WORD.findall(text)}
        unsaid = [word for word in asked if _root(word) not in said]
        added = _names(text, roots) or _frequent(text, roots)
        query = clean(" ".join([*added, *(unsaid or asked)]))
        if added and query not in made:
            made.append(query)
    return made[:MOST]


def _telling(text: str) -> list[str]:
    return list(dict.fromkeys(word for word in _WORD.findall(text) if word.lower() not in _SILENT))


def _names(text: str, known: set[str]) -> list[str]:
    """Words with a capital inside a sentence, or with a digit, that the question does not say; as they first come."""
    found: dict[str, None] = {}
    for match in _WORD.finditer(text):
        word = match[0]
        if (
            _root(word) not in known
            and word.lower() not in _SILENT
            and _is_name(word, text[max(match.start() - _LOOKED_BACK, 0) : match.start()])
        ):
            found[word] = None
    return list(found)[:_MOST_NAMES]


def _is_name(word: str, before: str) -> bool:
    if any(sign.isdigit() for sign in word) and any(sign.isalpha() for sign in word):
        return True
    begins = not (left := before.rstrip(" \t\"'“(")) or left[-1] in _SENTENCE_END
    return word[0].isupper() and len(word) > 1 and (not begins or word.isupper())


def _frequent(text: str, known: set[str]) -> list[str]:
    words = [word.lower() for word in _telling(text) if len(word) > _ROOT - 2]
    counts = Counter(word for word in map(str.lower, _WORD.findall(text)) if word in words and _root(word) not in known)
    return [word for word, _ in counts.most_common(_MOST_TERMS)]


def _root(word: str) -> str:
    return word.lower()[:_ROOT]
