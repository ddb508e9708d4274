"""Knowing, extraction: reading one file here and now; the server lets it be done apart."""

from __future__ import annotations

import importlib
import warnings
from typing import Protocol, cast

from indexing.extraction.errors import ExtractionFailed, FileDamaged, FileTooComplex
from indexing.extraction.kinds import FileKind
from indexing.extraction.limits import Limits
from indexing.extraction.router import recognise
from indexing.extraction.source import Extraction, Reading, Source

# Formats are imported by name when first needed: together they take a second to import.
_FORMATS = {
    FileKind.PDF: "pdf",
    FileKind.DOCX: "docx",
    FileKind.PPTX: "pptx",
    FileKind.XLSX: "xlsx",
    FileKind.ODT: "odt",
    FileKind.EPUB: "epub",
    FileKind.RTF: "rtf",
    FileKind.HTML: "html",
    FileKind.MARKDOWN: "markdown",
    FileKind.CSV: "separated",
    FileKind.TSV: "separated",
    FileKind.EML: "eml",
    FileKind.SOURCE_CODE: "source_code",
    FileKind.PLAIN: "plain",
}


class Format(Protocol):
    """What every format offers."""

    def read(self, source: Source) -> Reading:
        """The text of a file of this format."""


def format_of(kind: FileKind) -> Format:
    """The module that reads a kind."""
    return cast("Format", importlib.import_module(f"indexing.extraction.formats.{_FORMATS[kind]}"))


def import_all() -> None:
    """Import every format, so that the first file need not wait for it."""
    for kind in _FORMATS:
        format_of(kind)


def read_file(data: bytes, name: str, limits: Limits) -> Extraction:
    """Read a file; whatever goes wrong is said of the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries warn of is for their callers, not for the file's owner
        try:
            recognised = recognise(data, name, limits)
            source = Source(data, limits, recognised.language)
            reading = format_of(recognised.kind).read(source)
        except ExtractionFailed:
            raise
        except RecursionError as error:
            raise FileTooComplex("It is nested too deeply.") from error
        except MemoryError as error:
            raise FileTooComplex("Reading it takes too much memory.") from error
        except Exception as error:
            raise FileDamaged(f"It is not built as files of its type are ({type(error).__name__}).") from error
    return Extraction(reading.text, recognised.mime_type, reading.warnings)
