"""Measuring: texts as rows of words, so that marks, cases and line breaks make no difference; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"[^\W_]+")
_CITED = re.compile(r"[ \t]*\[\d{1,3}\](?:[ \t]*\[\d{1,3}\])*")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_ENDS = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+(?=[^\Wa-z_]|[\"'“‘«(\[]|\d)|(?<=[。！？])|\n+")  # noqa: RUF001
_ABBREVIATED = re.compile(
    r"(?:\b(?:[^\W\d_]|dr|mr|mrs|ms|prof|st|vs|cf|bzw|ca|dhr|mevr|nr|no|art|fig|bijv|e\.g|i\.e|z\.b|d\.h))\.\Z",
    re.IGNORECASE,
)


def words_of(text: str) -> list[str]:
    """The words of a text, alike however they are written."""
    return [found[0].casefold() for found in _WORD.finditer(unicodedata.normalize("NFKC", text))]


def row_of(text: str) -> str:
    """The same as one row, in which another row is looked for."""
    return f" {' '.join(words_of(text))} "


def stands_in(text: str, rows: Iterable[str]) -> bool:
    """Whether the words of a text stand together in one of some rows; of nothing, nothing stands anywhere."""
    row = row_of(text)
    return bool(row.strip()) and any(row in other for other in rows)


def uncited(answer: str) -> str:
    """An answer without the numbers in it."""
    return _CITED.sub("", answer)


def sentences_of(answer: str) -> list[str]:
    """What an answer states, each statement by itself and without its numbers: code and marks alone state nothing.

    A number ends a statement, as the next one may be from somewhere else.
    """
    parts = _CITED.split(_CODE.sub(" ", answer))
    return [one for part in parts for one in _pieces(part) if words_of(one)]


def _pieces(text: str) -> Iterator[str]:
    begun = 0
    for end in _ENDS.finditer(text):
        before = text[begun : end.start()]
        if not end[0].startswith("\n") and _ABBREVIATED.search(before):
            continue
        yield before.strip()
        begun = end.end()
    yield text[begun:].strip()
