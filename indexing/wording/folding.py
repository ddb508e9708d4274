"""Knowing, wording: letters without their case, accents and other ways of being written."""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")


def folded(text: str) -> str:
    """The same text as whoever types in a hurry would write it."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.encode("utf-8", "replace").decode("utf-8")).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", apart))
