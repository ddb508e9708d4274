"""Knowing, collections: the names that are made of a collection's name: its slug, and that of its index; pure."""

from __future__ import annotations

import re
import unicodedata

LONGEST_SLUG = 63
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th"}
_SPELLED = str.maketrans(_LETTERS)
_BETWEEN = re.compile(r"[^a-z0-9]+")


def slug_of(name: str) -> str:
    """The slug of a name: its letters and digits, without accents; empty if it has none that a slug may have."""
    spelled = unicodedata.normalize("NFKD", name.lower().translate(_SPELLED))
    bare = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    return _BETWEEN.sub("-", bare).strip("-")[:LONGEST_SLUG].strip("-")


def index_name(slug: str, collection_id: str) -> str:
    """What its vectors are kept under: readable by its slug, its own by its id, whatever becomes of the slug."""
    words = "".join(word.capitalize() for word in slug.split("-"))
    return f"C_{words}_{collection_id.partition('_')[2]}"
