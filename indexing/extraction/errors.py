"""Knowing, extraction: why a file could not be read, each with a code, a sentence and a next step for people."""

from __future__ import annotations

from typing import ClassVar

from app.errors import Kind, PlatformError, Unavailable


class ExtractionFailed(PlatformError):
    """The file cannot be read as it is; trying again with the same bytes ends the same way."""

    kind = Kind.INVALID
    next_step: ClassVar[str]

    def __init__(self, sentence: str) -> None:
        super().__init__(f"{sentence} {self.next_step}")
        self.sentence = sentence


class FileEmpty(ExtractionFailed):
    """The file has no content at all, or nothing but blanks."""

    code = "FILE_EMPTY"
    next_step = "Upload a file with content."


class FileEncrypted(ExtractionFailed):
    """The file opens only with a password."""

    code = "FILE_ENCRYPTED"
    next_step = "Save a copy without a password and upload that."


class FileDamaged(ExtractionFailed):
    """The file is cut short or is not built as its type demands."""

    code = "FILE_DAMAGED"
    next_step = "Open it in the program that made it, save it anew and upload it again."


class FileHasNoText(ExtractionFailed):
    """The file is sound but holds no text, as a scan does."""

    code = "FILE_HAS_NO_TEXT"
    next_step = "Run text recognition (OCR) on it, or upload a version with text."


class FileTypeUnsupported(ExtractionFailed):
    """The file is of a type that is not read; the message names what it seems to be."""

    code = "FILE_TYPE_UNSUPPORTED"
    kind = Kind.MEDIA_TYPE
    next_step = (
        "Save it as PDF, DOCX, PPTX, XLSX, ODT, RTF, EPUB, HTML, Markdown, CSV, EML, plain text or source code and "
        "upload that."
    )


class FileTooComplex(ExtractionFailed):
    """Reading the file would take more memory, pages, cells or text than one file may have."""

    code = "FILE_TOO_COMPLEX"
    next_step = "Split it into smaller files, or save it in a simpler form."


class FileEncodingUnknown(ExtractionFailed):
    """The bytes look like text, but in no encoding that gives readable words."""

    code = "FILE_ENCODING_UNKNOWN"
    next_step = "Save it as UTF-8 and upload it again."


class ExtractionTimedOut(ExtractionFailed):
    """Reading the file took longer than one file may take."""

    code = "EXTRACTION_TIMED_OUT"
    next_step = "Split it into smaller files, or save it in a simpler form."


class ExtractionCrashed(ExtractionFailed):
    """The program that reads files broke down over this one, twice."""

    code = "EXTRACTION_CRASHED"
    next_step = "Open it in the program that made it, save it anew, perhaps as PDF, and upload it again."


class ExtractionUnavailable(Unavailable):
    """No process could be started to read files in; trying again later may work."""


BY_CODE: dict[str, type[ExtractionFailed]] = {failure.code: failure for failure in ExtractionFailed.__subclasses__()}
