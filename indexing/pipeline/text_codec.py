"""Knowing, pipeline: an extracted text as bytes, so that cutting it again never reads the file again."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

from indexing.extraction.source import Extraction
from indexing.extraction.text import ExtractedText, Place, TextForm

_MARK = b"SGT1"  # another one when the shape changes: texts of another shape are read from their files again
_LEVEL = 1  # a third larger than at 6 and four times as fast
_HEAD = struct.Struct(">I")
_MOST = 200 * 2**20  # bytes unpacked: twice what the longest text with all its places takes


class NoSuchText(Exception):
    """These bytes are no text of ours, or not a whole one."""


def packed(extraction: Extraction) -> bytes:
    """As it is kept."""
    text = extraction.text
    head = {
        "mime_type": extraction.mime_type,
        "warnings": list(extraction.warnings),
        "form": text.form,
        "language": text.language,
        "title": text.title,
        "places": [(place.start, place.end, place.page, place.section) for place in text.places],
    }
    said = json.dumps(head, separators=(",", ":")).encode()
    press = zlib.compressobj(_LEVEL)
    body = text.text.encode("utf-8", "surrogatepass")
    parts = [press.compress(_HEAD.pack(len(said)) + said), press.compress(body), press.flush()]
    return _MARK + b"".join(parts)


def unpacked(data: bytes) -> Extraction:
    """As it was kept."""
    if not data.startswith(_MARK):
        raise NoSuchText
    opened = zlib.decompressobj()
    try:
        whole = opened.decompress(memoryview(data)[len(_MARK) :], _MOST)
        if not opened.eof:
            raise NoSuchText
        (length,) = _HEAD.unpack_from(whole)
        return _extraction(json.loads(whole[_HEAD.size : _HEAD.size + length]), whole[_HEAD.size + length :])
    except (zlib.error, struct.error, KeyError, TypeError, ValueError) as error:
        raise NoSuchText from error


def _extraction(head: dict[str, Any], body: bytes) -> Extraction:
    text = ExtractedText(
        body.decode("utf-8", "surrogatepass"),
        tuple(Place(*place) for place in head["places"]),
        TextForm(head["form"]),
        head["language"],
        head["title"],
    )
    return Extraction(text, head["mime_type"], tuple(head["warnings"]))
