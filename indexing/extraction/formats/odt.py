"""Knowing, extraction: OpenDocument text, with headings, lists and tables in their order."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from indexing.extraction import notation
from indexing.extraction.archive import Archive
from indexing.extraction.builder import TextBuilder
from indexing.extraction.errors import FileDamaged, FileEncrypted, FileTooComplex
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm
from indexing.extraction.xml_tree import parse

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TITLE = ".//{http://purl.org/dc/elements/1.1/}title"
_UNSEEN = {f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}note-citation", f"{_OFFICE}forms"}
_INDEXES = {f"{_TEXT}{name}-index" for name in ("alphabetical", "illustration", "table", "object", "user")} | {
    f"{_TEXT}table-of-content"
}
_MOST_REPEATED = 1000  # blanks, or a cell that is said to be there so many times


def read(source: Source) -> Reading:
    """The document as Markdown."""
    with Archive(source.data, source.limits) as archive:
        if b"encryption-data" in (archive.optional("META-INF/manifest.xml") or b""):
            raise FileEncrypted("Its contents are locked with a password.")
        root = parse(archive.read("content.xml"), "text")
        meta = archive.optional("meta.xml")
        title = parse(meta, "description").findtext(_TITLE) if meta else None
    body = root.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise FileDamaged("It holds no text document.")
    walk = _Walk(source)
    walk.blocks(body)
    return walk.builder.finish(TextForm.MARKDOWN, title=title)


class _Walk:
    """Goes through the body once and writes what it meets."""

    def __init__(self, source: Source) -> None:
        self.builder = TextBuilder(source.limits)
        self._most_cells = source.limits.cells
        self._cells = 0

    def blocks(self, container: etree._Element) -> None:
        """Write what stands in a body, a section or a cell."""
        for child in container:
            if child.tag == f"{_TEXT}h":
                level = child.get(f"{_TEXT}outline-level", "1")
                self.builder.heading(int(level) if level.isdigit() else 1, _text(child))
            elif child.tag == f"{_TEXT}p":
                self.builder.write(notation.paragraph(_text(child)))
            elif child.tag == f"{_TEXT}list":
                self._points(child)
            elif child.tag == f"{_TABLE}table":
                self.builder.write(notation.table(list(self._rows(child))))
            elif child.tag not in _UNSEEN | _INDEXES:
                self.blocks(child)

    def _points(self, element: etree._Element) -> None:
        for index, (depth, text) in enumerate(_points(element, 0)):
            self.builder.write(notation.list_item(text, depth), joint="\n" if index else "\n\n")

    def _rows(self, table: etree._Element) -> Iterator[list[str]]:
        for row in table.iter(f"{_TABLE}table-row"):
            cells: list[str] = []
            for cell in row.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                cells += [_text(cell)] * _repeated(cell, f"{_TABLE}number-columns-repeated")
            self._cells += len(cells)
            if self._cells > self._most_cells:
                raise FileTooComplex(f"Its tables have more than {self._most_cells} cells.")
            yield cells


def _points(element: etree._Element, depth: int) -> Iterator[tuple[int, str]]:
    for item in element:
        for child in item:
            if child.tag == f"{_TEXT}list":
                yield from _points(child, depth + 1)
            elif text := _text(child):
                yield depth, text


def _repeated(element: etree._Element, name: str) -> int:
    said = element.get(name, "1")
    return min(int(said), _MOST_REPEATED) if said.isdigit() and len(said) < 10 else 1


def _text(element: etree._Element) -> str:
    return "".join(_pieces(element)).strip()


def _pieces(element: etree._Element) -> Iterator[str]:
    yield " ".join((element.text or "").split("\n"))
    for child in element:
        if child.tag == f"{_TEXT}s":
            yield " " * _repeated(child, f"{_TEXT}c")
        elif child.tag == f"{_TEXT}tab":
            yield "\t"
        elif child.tag == f"{_TEXT}line-break":
            yield "\n"
        elif child.tag not in _UNSEEN:
            yield from _pieces(child)
            yield "\n" if child.tag == f"{_TEXT}p" else ""
        yield " ".join((child.tail or "").split("\n"))
