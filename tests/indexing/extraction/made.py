"""Documents made by the libraries that write them."""

from __future__ import annotations

import io

import docx
import openpyxl
import pptx

from tests.world.papers import zipped

OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def word() -> bytes:
    """Headings, a list of two depths, a table, and a paragraph that looks like a heading."""
    document = docx.Document()
    document.add_heading("Handbook", 0)
    document.add_heading("Refunds", 1)
    document.add_paragraph("We pay back within thirty days.")
    document.add_heading("Exceptions", 2)
    document.add_paragraph("Gift cards", style="List Bullet")
    document.add_paragraph("Food", style="List Bullet")
    table = document.add_table(2, 2)
    for at, text in (((0, 0), "Kind"), ((0, 1), "Days"), ((1, 0), "Shoes | boots"), ((1, 1), "30")):
        table.cell(*at).text = text
    document.add_paragraph("# no heading, only a line")
    return _saved(document)


def slides() -> bytes:
    """Two slides, the first with points and notes, the second without a title."""
    presentation = pptx.Presentation()
    first = presentation.slides.add_slide(presentation.slide_layouts[1])
    first.shapes.title.text = "The plan"
    first.placeholders[1].text = "Begin\nEnd"
    first.notes_slide.notes_text_frame.text = "Speak slowly."
    second = presentation.slides.add_slide(presentation.slide_layouts[6])
    second.shapes.add_textbox(0, 0, 10, 10).text_frame.text = "Questions?"
    table = second.shapes.add_table(2, 2, 0, 0, 10, 10).table
    table.cell(0, 0).text, table.cell(1, 1).text = "Who", "Ada"
    return _saved(presentation)


def workbook(**cells: object) -> bytes:
    """A sheet called Sales with some cells, an empty one, and one called Costs."""
    book = openpyxl.Workbook()
    book.active.title = "Sales"
    for place, value in (cells or {"A1": "Month", "B1": "Sum", "A2": "May", "B2": 12.0, "D5": "a note"}).items():
        book.active[place] = value
    book.create_sheet("Empty")
    book.create_sheet("Costs").append(["Rent", 7])
    return _saved(book)


def open_document(body: str, *, before: str = "") -> bytes:
    """An ODT with this body."""
    content = (
        f'{before}<o:document-content xmlns:o="{OFFICE}:office:1.0" xmlns:text="{OFFICE}:text:1.0" '
        f'xmlns:table="{OFFICE}:table:1.0"><o:body><o:text>{body}</o:text></o:body></o:document-content>'
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def book(*chapters: str, before: str = "", folder: str = "OEBPS/") -> bytes:
    """An EPUB with these chapters, stored in the reverse of their reading order."""
    names = [f"{number}.xhtml" for number in range(len(chapters))]
    items = "".join(
        f'<item id="i{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in reversed(names)
    )
    spine = "".join(f'<itemref idref="i{name}"/>' for name in names)
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>A Book</dc:title></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = f'<container><rootfiles><rootfile full-path="{folder}c.opf"/></rootfiles></container>'
    pages = {
        f"OEBPS/{name}": f'{before}<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head>'
        f"<body>{chapter}</body></html>"
        for name, chapter in zip(names, chapters, strict=True)
    }
    return zipped(
        {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "OEBPS/c.opf": package, **pages}
    )


def _saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]  # each library's own
    return out.getvalue()
