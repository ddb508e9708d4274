"""Answering: words of a question that say nothing of what it is about.

They are left out by a fixed list: to tell them by how many chunks hold them would be to count what is hidden.
"""

from __future__ import annotations

import re

from indexing.wording.stop_words import SILENT

_WORD = re.compile(r"\w+")
_SILENT = frozenset().union(*SILENT.values())


def telling(text: str) -> str:
    """A question without words that say nothing; all of it if nothing else were left."""
    left = _WORD.sub(lambda found: " " if found[0].lower() in _SILENT else found[0], text)
    return left if _WORD.search(left) else text
