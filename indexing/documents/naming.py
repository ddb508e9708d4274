"""Knowing, documents: what a file is called: the last part of what was said, on one line, never a path; pure."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from urllib.parse import unquote, urlsplit

from app.errors import ValidationFailed

LONGEST_NAME = 255
LONGEST_TYPE = 120
_ANY_TEXT = "text/plain"
UNKNOWN_TYPE = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_UNSEEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def file_name(said: str, *, field: str = "name") -> str:
    """The name of a file; refuses one that is too long, or of which nothing is left.

    What turns the direction of writing is left out: with it, a name looks as if it had another ending.
    """
    plain = unicodedata.normalize("NFC", said).replace("\\", "/")
    seen = "".join(" " if _is_unseen(letter) else letter for letter in plain if letter not in _TURNING)
    parts = [part for piece in seen.split("/") if (part := " ".join(piece.split())) not in {"", ".", ".."}]
    if not parts:
        raise ValidationFailed.of(field, "must name the file: letters or digits, not only dots and slashes")
    if len(parts[-1]) > LONGEST_NAME:
        raise ValidationFailed.of(field, f"must have at most {LONGEST_NAME} characters")
    return parts[-1]


def name_of_url(url: str) -> str:
    """What to call what is fetched from a URL: the last part of its path, or its host."""
    parts = urlsplit(url)
    last = unquote(parts.path, errors="replace").rstrip("/").rpartition("/")[2]
    for said in (last, parts.hostname or ""):
        try:
            return file_name(said[:LONGEST_NAME])
        except ValidationFailed:
            continue
    return "document"


def media_type(declared: str | None, name: str) -> str:
    """What a file says it is, until its content has been looked at: what its sender said, or its name says more of."""
    plain = (declared or "").partition(";")[0].strip().lower()
    called = mimetypes.guess_type(name, strict=False)[0]
    known = plain != UNKNOWN_TYPE and len(plain) <= LONGEST_TYPE and _TYPE.fullmatch(plain)
    if known and not (plain == _ANY_TEXT and (called or "").startswith("text/")):
        return plain
    return called or UNKNOWN_TYPE


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in _UNSEEN
