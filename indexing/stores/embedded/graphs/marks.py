"""Knowing, stores: by what properties are looked for in an embedded graph."""

from __future__ import annotations

import hashlib
import json

from indexing.stores.graphs import Value

MOST_LETTERS = 100  # of a text by which things are looked for; longer ones are compared one by one


def mark_of_id(id_: str) -> int:
    """A number for an id: short, because every index grows with what it holds; whoever finds it looks at the id."""
    return int.from_bytes(hashlib.blake2b(id_.encode(), digest_size=8).digest(), signed=True)


def is_marked(value: Value) -> bool:
    """Whether there is a mark of a property with this value."""
    return not (isinstance(value, str) and len(value) > MOST_LETTERS)


def mark_of(name: str, value: Value) -> int:
    """A number for a property and its value: the same for 1 and 1.0, another for `true` and for a text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    digest = hashlib.blake2b(json.dumps([name, value]).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
