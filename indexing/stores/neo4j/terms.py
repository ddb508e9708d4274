"""Knowing, stores: what a thing is found by in Neo4j, as texts that an index holds."""

from __future__ import annotations

import hashlib
import json

from indexing.stores.graphs import Mention, Value
from indexing.wording.names import words_of

_LONGEST = 400  # letters; an index holds no more than some thousand bytes


def terms_of(mention: Mention) -> list[str]:
    """All that a mention can be found by, each once."""
    terms = [
        *(word_term(word) for word in words_of(mention.name)),
        *(label_term(label) for label in mention.labels),
        *(fact_term(name, value) for name, value in mention.properties.items()),
        *(alias_term(alias) for alias in mention.aliases),
    ]
    return list(dict.fromkeys(terms))


def word_term(word: str) -> str:
    """A word of a name; the beginning of a word gives the beginning of its term."""
    return f"word:{word[:_LONGEST]}"


def label_term(label: str) -> str:
    """What something is called, in any case of letters."""
    return _short(f"label:{label.casefold()}")


def fact_term(name: str, value: Value) -> str:
    """A property with its value: 1 and 1.0 are one number, `true` is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _short(f"fact:{json.dumps([name, value])}")


def alias_term(key: str) -> str:
    """Another name of it."""
    return _short(f"alias:{key}")


def _short(term: str) -> str:
    return term if len(term) <= _LONGEST else f"long:{hashlib.sha256(term.encode()).hexdigest()}"
