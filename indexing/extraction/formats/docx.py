"""Knowing, extraction: Word documents, with headings, lists, tables and notes in their order."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from docx.document import Document
from docx.opc.constants import CONTENT_TYPE
from docx.opc.part import PartFactory
from docx.oxml.ns import qn
from docx.package import Package
from docx.parts.document import DocumentPart
from lxml import etree

from indexing.extraction import notation
from indexing.extraction.archive import Archive
from indexing.extraction.builder import TextBuilder
from indexing.extraction.errors import FileDamaged, FileTooComplex
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm
from indexing.extraction.word_styles import Styles
from indexing.extraction.xml_tree import faults_said, parse

_WRAPPERS = {qn(f"w:{name}") for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")}
_UNSEEN = {qn(f"w:{name}") for name in ("del", "moveFrom", "pPr", "rPr", "sdtPr", "instrText", "delText")} | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says again what its sibling says
}
_SIGNS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-", qn("w:ptab"): "\t"}
_NOTES = ("/footnotes", "/endnotes")
_WIDEST_SPAN = 64
_MAIN_TYPES = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    CONTENT_TYPE.WML_DOCUMENT_MAIN,
)
for _type in _MAIN_TYPES:
    PartFactory.part_type_for[_type] = DocumentPart


def read(source: Source) -> Reading:
    """The document as Markdown."""
    with Archive(source.data, source.limits) as archive:
        archive.refuse_entities()
    with faults_said("text"):
        part = Package.open(BytesIO(source.data)).main_document_part
    if not isinstance(part, DocumentPart):
        raise FileDamaged("Its main part is no document.")
    document: Document = part.document
    walk = _Walk(source, Styles(document.styles.element))
    walk.blocks(document.element.body)
    for relation in part.rels.values():
        if relation.reltype.endswith(_NOTES) and not relation.is_external:
            walk.notes(parse(relation.target_part.blob, "notes"))
    return walk.builder.finish(TextForm.MARKDOWN, title=document.core_properties.title or walk.title)


class _Walk:
    """Goes through the body once and writes what it meets."""

    def __init__(self, source: Source, styles: Styles) -> None:
        self.builder = TextBuilder(source.limits)
        self.title: str | None = None
        self._styles = styles
        self._most_cells = source.limits.cells
        self._cells = 0
        self._in_list = False

    def blocks(self, container: etree._Element) -> None:
        """Write the paragraphs and tables of a body or a cell."""
        for child in container:
            if child.tag == qn("w:p"):
                self._paragraph(child)
            elif child.tag == qn("w:tbl"):
                self._table(child)
            elif child.tag in _WRAPPERS:
                self.blocks(child)

    def notes(self, root: etree._Element) -> None:
        """Write the notes below the text they belong to."""
        for note in root:
            if note.get(qn("w:type")) is None:  # the others are the lines drawn above notes
                self.builder.write(notation.paragraph(_text(note)))

    def _paragraph(self, element: etree._Element) -> None:
        text = _text(element).strip()
        if not text:
            return
        role = self._styles.role(element)
        if role.heading:
            self.title = self.title or (text if role.heading == 1 else None)
            self.builder.heading(role.heading, text)
        elif role.list_depth is not None:
            joint = "\n" if self._in_list else "\n\n"
            self.builder.write(notation.list_item(text, role.list_depth), joint=joint)
        else:
            self.builder.write(notation.paragraph(text))
        self._in_list = role.list_depth is not None

    def _table(self, element: etree._Element) -> None:
        self._in_list = False
        rows = [list(_inside(row, qn("w:tc"))) for row in _inside(element, qn("w:tr"))]
        self._cells += sum(map(len, rows))
        if self._cells > self._most_cells:
            raise FileTooComplex(f"Its tables have more than {self._most_cells} cells.")
        if max(map(len, rows), default=0) < 2:  # a frame around text, not a table
            for row in rows:
                for cell in row:
                    self.blocks(cell)
            return
        self.builder.write(notation.table([text for cell in row for text in _spread(cell)] for row in rows))


def _inside(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _inside(child, tag)


def _spread(cell: etree._Element) -> list[str]:
    """A cell's text, and empty cells for the columns it also covers."""
    span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
    width = span.get(qn("w:val"), "1") if span is not None else "1"
    return [_text(cell)] + [""] * (min(int(width), _WIDEST_SPAN) - 1 if width.isdigit() else 0)


def _text(element: etree._Element) -> str:
    return "".join(_pieces(element)).strip()


def _pieces(element: etree._Element) -> Iterator[str]:
    for child in element:
        if child.tag == qn("w:t"):
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag not in _UNSEEN:
            yield from _pieces(child)
            if child.tag == qn("w:p"):
                yield "\n"
