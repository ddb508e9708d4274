"""Knowing, extraction: the kinds of files that are read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FileKind(StrEnum):
    """What is read; the value is the media type it is served by."""

    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ODT = "application/vnd.oasis.opendocument.text"
    EPUB = "application/epub+zip"
    RTF = "application/rtf"
    HTML = "text/html"
    MARKDOWN = "text/markdown"
    CSV = "text/csv"
    TSV = "text/tab-separated-values"
    EML = "message/rfc822"
    SOURCE_CODE = "text/x-source-code"
    PLAIN = "text/plain"


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is, by its content."""

    kind: FileKind
    language: str | None = None  # of source code

    @property
    def mime_type(self) -> str:
        """The media type; source code names its language."""
        return f"text/x-{self.language}" if self.language else self.kind.value
