"""Knowing, extraction: what a file is, by its content; the name decides only between kinds of text."""

from __future__ import annotations

from indexing.extraction.containers import COMPOUND, ZIP, in_zip, refuse_compound
from indexing.extraction.decoding import decode, is_text
from indexing.extraction.errors import FileEmpty, FileEncodingUnknown, FileTypeUnsupported
from indexing.extraction.kinds import FileKind, Recognised
from indexing.extraction.limits import Limits
from indexing.extraction.shapes import shape
from indexing.extraction.signatures import seems_to_be

_LOOKED_AT = 1 << 16


def recognise(data: bytes, name: str, limits: Limits) -> Recognised:
    """Tell the kind of a file, or refuse it and name what it seems to be."""
    if not data.strip(b"\0 \t\r\n\f\v"):
        raise FileEmpty("The file is empty.")
    beginning = data[:_LOOKED_AT]
    if kind := _by_signature(data, limits):
        return Recognised(kind)
    text = is_text(beginning)
    if seems := seems_to_be(beginning, text=text):
        raise FileTypeUnsupported(f"It seems to be {seems}, which is not read.")
    if not text:
        raise FileTypeUnsupported("It seems to be binary data, which is not read.")
    return shape(_lenient(beginning), name)


def _by_signature(data: bytes, limits: Limits) -> FileKind | None:
    if data.startswith(ZIP):
        return in_zip(data, limits)
    if data.startswith(COMPOUND):
        refuse_compound(data)
    if data[:256].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf"):
        return FileKind.RTF
    # Some writers put a few lines before the mark; readers look for it in the first kilobyte.
    at = data.find(b"%PDF-", 0, 1024)
    return FileKind.PDF if at == 0 or (at > 0 and b"%%EOF" in data[-2048:]) else None


def _lenient(beginning: bytes) -> str:
    try:
        return decode(beginning).text
    except (FileEncodingUnknown, FileEmpty):
        return beginning.decode("latin-1")
