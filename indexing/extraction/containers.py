"""Knowing, extraction: which kind of document a zipped or compound file is, by what it holds."""

from __future__ import annotations

import re

from indexing.extraction.archive import Archive
from indexing.extraction.errors import FileEncrypted, FileTypeUnsupported
from indexing.extraction.kinds import FileKind
from indexing.extraction.limits import Limits

ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE = re.compile(
    rb"vnd\.(?:openxmlformats-officedocument\.|ms-)(?P<program>wordprocessingml|word|presentationml|powerpoint|"
    rb"spreadsheetml|excel)\.[A-Za-z.]{1,60}\.main\+xml"
)
_PROGRAMS = {b"w": FileKind.DOCX, b"p": FileKind.PPTX, b"s": FileKind.XLSX, b"e": FileKind.XLSX}
_MIMETYPES = {
    "application/epub+zip": FileKind.EPUB,
    "application/vnd.oasis.opendocument.text": FileKind.ODT,
    "application/vnd.oasis.opendocument.text-template": FileKind.ODT,
}
_UNREAD_PARTS = {
    "xl/workbook.bin": "a binary Excel workbook (XLSB)",
    "visio/document.xml": "a Visio drawing",
    "AndroidManifest.xml": "an Android app",
    "META-INF/MANIFEST.MF": "a Java archive",
    "Index/Document.iwa": "an Apple iWork document",
}
_IN_COMPOUND = {
    "WordDocument": "a Word document of the old binary format (DOC)",
    "Workbook": "an Excel workbook of the old binary format (XLS)",
    "Book": "an Excel workbook of the old binary format (XLS)",
    "PowerPoint Document": "a PowerPoint presentation of the old binary format (PPT)",
    "__substg1.0_": "an Outlook message (MSG)",
    "VisioDocument": "a Visio drawing",
}
_LOCKED = ("EncryptedPackage", "EncryptionInfo")


def in_zip(data: bytes, limits: Limits) -> FileKind:
    """The document a zip is."""
    with Archive(data, limits) as archive:
        mimetype = (archive.optional("mimetype") or b"")[:200].decode("ascii", "replace").strip()
        if kind := _MIMETYPES.get(mimetype):
            return kind
        if mimetype:
            raise FileTypeUnsupported(f"It seems to be of the type {mimetype!r}, which is not read.")
        if office := _OFFICE.search(archive.optional("[Content_Types].xml") or b""):
            return _PROGRAMS[office["program"][:1]]
        if "META-INF/container.xml" in archive.names:
            return FileKind.EPUB
        seems = next((what for part, what in _UNREAD_PARTS.items() if part in archive.names), "a ZIP archive")
    raise FileTypeUnsupported(f"It seems to be {seems}, which is not read.")


def refuse_compound(data: bytes) -> None:
    """Say what an old compound file is; locked Office files of today are wrapped in one."""
    if any(_names(data, stream) for stream in _LOCKED):
        raise FileEncrypted("It is an Office document locked with a password.")
    seems = next((what for stream, what in _IN_COMPOUND.items() if _names(data, stream)), "a compound file")
    raise FileTypeUnsupported(f"It seems to be {seems}, which is not read.")


def _names(data: bytes, stream: str) -> bool:
    return stream.encode("utf-16-le") in data
