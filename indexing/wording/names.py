"""Knowing, wording: by what two names are the same, and the ids of what they name."""

from __future__ import annotations

import unicodedata

from app.ids import reckoned_id

MOST_LETTERS = 200  # of a name; what is longer is a sentence
_ARTICLES = frozenset({"the", "a", "an", "der", "die", "das", "ein", "eine", "de", "het", "een", "le", "la", "les"})


def key_of(name: str) -> str:
    """What a name is the same by: its words without case, accents kept, punctuation and a leading article left out."""
    words = words_of(name)
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return " ".join(words)[:MOST_LETTERS].strip()


def words_of(name: str) -> list[str]:
    """The words of a name, as names are looked for by."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter if _counts(letter) else " " for letter in folded).split()


def relation_of(type_: str) -> str:
    """A kind of relation as it is kept: capital letters, digits and `_`, so that `works for` is `WORKS_FOR`."""
    words = words_of(type_.replace("_", " "))
    return "_".join(words).upper()[:MOST_LETTERS] or "RELATED_TO"


def node_id(collection_id: str, key: str) -> str:
    """The id of the thing a key names: the same in every layer, store and process."""
    return reckoned_id("nod", collection_id, key)


def edge_id(collection_id: str, source: str, type_: str, target: str) -> str:
    """The id of a relation between two keys."""
    return reckoned_id("edg", collection_id, source, type_, target)


def _counts(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter).startswith("M") or letter in "+#&"
