"""Knowing, extraction: PDF, page by page, under the bookmarks it has."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO

import pypdfium2
from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY

from indexing.extraction import notation
from indexing.extraction.builder import TextBuilder
from indexing.extraction.errors import FileDamaged, FileEncrypted, FileHasNoText, FileTooComplex
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm

_HYPHENATED = re.compile("[\x02\ufffe](?:\r?\n)?")  # pdfium's mark for a word that was cut at the line's end
_MOST_BOOKMARKS = 20_000
_LOCKED = {FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY}
Bookmarks = dict[int, list[tuple[int, str]]]  # by page from 0: level and title


def read(source: Source) -> Reading:
    """The text of every page; pdfium reads it, and pypdf what pdfium cannot open."""
    if _is_cut(source.data):
        raise FileDamaged("It ends in the middle: its end was lost on the way.")
    try:
        document = pypdfium2.PdfDocument(source.data)
    except pypdfium2.PdfiumError as error:
        if error.err_code in _LOCKED:
            raise FileEncrypted("It is locked with a password.") from error
        return _again(source)
    with closing(document):
        _refuse_long(len(document), source)
        title = document.get_metadata_value("Title")
        pages = _pages(document)
        return _written(source, pages, _bookmarks(document), title)


def _is_cut(data: bytes) -> bool:
    """A whole file says after its last object where its list of objects begins."""
    return data.rfind(b"startxref") < data.rfind(b"endobj")


def _pages(document: pypdfium2.PdfDocument) -> Iterator[str]:
    for number in range(len(document)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError as error:
            raise FileDamaged(f"Page {number + 1} cannot be opened.") from error
        text_page = page.get_textpage()
        yield text_page.get_text_bounded()
        text_page.close()
        page.close()


def _bookmarks(document: pypdfium2.PdfDocument) -> Bookmarks:
    found: Bookmarks = defaultdict(list)
    for count, bookmark in enumerate(document.get_toc()):
        target = bookmark.get_dest() if count < _MOST_BOOKMARKS else None
        page = target.get_index() if target is not None else None
        if page is not None:
            found[page].append((bookmark.level + 1, bookmark.get_title()))
    return found


def _written(source: Source, pages: Iterator[str], bookmarks: Bookmarks, title: str | None) -> Reading:
    builder = TextBuilder(source.limits)
    blank = total = 0
    for number, raw in enumerate(pages):
        total += 1
        text = notation.without_controls(_HYPHENATED.sub("", raw)).strip()
        blank += not text
        builder.begin_page(number + 1)
        _page(builder, text, bookmarks.get(number, []))
    if blank == total:
        raise FileHasNoText(f"None of its {total} pages holds text; it seems to be a scan.")
    if blank:
        builder.warnings.append(f"{blank} of {total} pages hold no text; they may be scans or pictures.")
    return builder.finish(TextForm.PROSE, title=title)


def _page(builder: TextBuilder, text: str, bookmarks: list[tuple[int, str]]) -> None:
    """Write a page, parted where the titles of its bookmarks stand in it."""
    cut = 0
    for level, title in bookmarks:
        at = text.find(title.strip(), cut)
        if at > cut:
            builder.write(text[cut:at].rstrip())
            cut = at
        builder.enter(level, title)
    builder.write(text[cut:])


def _again(source: Source) -> Reading:
    """Read with pypdf, which repairs some files that pdfium gives up."""
    from pypdf import PdfReader  # noqa: PLC0415 - slow to import and seldom needed
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        document = PdfReader(BytesIO(source.data))
        if document.is_encrypted:
            raise FileEncrypted("It is locked with a password.")
        _refuse_long(len(document.pages), source)
        return _written(source, (page.extract_text() for page in document.pages), {}, None)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise FileDamaged("It cannot be read as PDF.") from error


def _refuse_long(pages: int, source: Source) -> None:
    if pages > source.limits.pages:
        raise FileTooComplex(f"It has {pages} pages; {source.limits.pages} are the most.")
