"""Knowing, extraction: books in EPUB, chapter by chapter in the order they are read."""

from __future__ import annotations

import html.entities
import posixpath
import re
from collections.abc import Iterator

from lxml import etree

from indexing.extraction.archive import Archive, inside
from indexing.extraction.builder import TextBuilder
from indexing.extraction.decoding import decode
from indexing.extraction.errors import FileDamaged, FileEmpty, FileEncrypted, FileTooComplex
from indexing.extraction.page_tree import declared_encoding, parse_page
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm
from indexing.extraction.whole_page import whole_text
from indexing.extraction.xml_tree import parse

_NAMED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)")
_CHAPTERS = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml"}


def read(source: Source) -> Reading:
    """The book as Markdown."""
    builder = TextBuilder(source.limits)
    with Archive(source.data, source.limits) as archive:
        # Fonts may be scrambled; anything that is truly locked names a cipher.
        if b"xmlenc#aes" in (archive.optional("META-INF/encryption.xml") or b""):
            raise FileEncrypted("The book is locked (DRM).")
        package_name = _package(archive)
        package = parse(archive.read(package_name), "table of contents")
        chapters = list(_chapters(package, posixpath.dirname(package_name)))
        if len(chapters) > source.limits.pages:
            raise FileTooComplex(f"It has more than {source.limits.pages} chapters.")
        for name in chapters:
            builder.markdown(_chapter(archive.read(name)))
    return builder.finish(TextForm.MARKDOWN, title=package.findtext(".//{http://purl.org/dc/elements/1.1/}title"))


def _package(archive: Archive) -> str:
    root = parse(archive.read("META-INF/container.xml"), "container")
    for entry in root.iter("{*}rootfile"):
        if path := entry.get("full-path"):
            return inside("", path)
    raise FileDamaged("It does not say where its table of contents is.")


def _chapters(package: etree._Element, folder: str) -> Iterator[str]:
    """The members to read, each once, however often the spine names it."""
    items = {item.get("id"): item for item in package.iterfind("./{*}manifest/{*}item")}
    seen: set[str] = set()
    for entry in package.iterfind("./{*}spine/{*}itemref"):
        item = items.get(entry.get("idref"))
        if item is None or item.get("media-type") not in _CHAPTERS:
            continue
        name = inside(folder, item.get("href") or "")
        if name not in seen:
            seen.add(name)
            yield name


def _chapter(data: bytes) -> str:
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            data = decode(data).text.encode()
        return whole_text(parse(_NAMED.sub(_character, data), "chapter"))
    except FileDamaged:
        return _untidy(data)


def _untidy(data: bytes) -> str:
    """A chapter that is no XML is read as browsers would read it."""
    try:
        return whole_text(parse_page(decode(data, declared=declared_encoding(data)).text))
    except FileEmpty:
        return ""


def _character(entity: re.Match[bytes]) -> bytes:
    """HTML's names for characters, which XML does not know without outside help."""
    character = html.entities.html5.get(entity[1].decode("ascii"))
    return f"&#{ord(character)};".encode() if character and len(character) == 1 else b"&amp;" + entity[1]
