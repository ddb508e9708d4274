"""Knowing, extraction: which files Docling is asked to read, by how they begin and, in a package, by their name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from indexing.extraction.kinds import FileKind
from indexing.extraction.languages import ending


@dataclass(frozen=True, slots=True)
class Readable:
    """What a file is: what names of such files end on, its media type, and whether its pages have numbers."""

    ending: str
    media_type: str
    has_pages: bool = False


_PACKAGES = {"docx": Readable("docx", FileKind.DOCX), "pptx": Readable("pptx", FileKind.PPTX, has_pages=True)}
_PDF = Readable("pdf", FileKind.PDF, has_pages=True)
_BEGINNINGS = (
    (b"%PDF-", _PDF),
    (b"\x89PNG\r\n\x1a\n", Readable("png", "image/png")),
    (b"\xff\xd8\xff", Readable("jpg", "image/jpeg")),
    (b"II*\0", Readable("tiff", "image/tiff", has_pages=True)),
    (b"MM\0*", Readable("tiff", "image/tiff", has_pages=True)),
)


def readable(path: Path, name: str) -> Readable | None:
    """What a file is, if it is one of those."""
    with path.open("rb") as file:
        beginning = file.read(16)
    if beginning.startswith(b"PK\x03\x04"):
        return _PACKAGES.get(ending(name))
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return Readable("webp", "image/webp")
    return next((kind for mark, kind in _BEGINNINGS if beginning.startswith(mark)), None)
