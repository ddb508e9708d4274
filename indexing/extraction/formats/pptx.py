"""Knowing, extraction: presentations, slide by slide, with their notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO

from pptx import Presentation
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide
from pptx.text.text import TextFrame

from indexing.extraction import notation
from indexing.extraction.archive import Archive
from indexing.extraction.builder import TextBuilder
from indexing.extraction.errors import FileTooComplex
from indexing.extraction.source import Reading, Source
from indexing.extraction.text import TextForm
from indexing.extraction.xml_tree import faults_said

_DEEPEST_GROUP = 50


def read(source: Source) -> Reading:
    """Every slide as a page under its title."""
    with Archive(source.data, source.limits) as archive:
        archive.refuse_entities()
    with faults_said("text"):
        presentation = Presentation(BytesIO(source.data))
    builder = TextBuilder(source.limits)
    for number, slide in enumerate(presentation.slides, start=1):
        builder.begin_page(number, afresh=True)
        _slide(builder, slide)
    return builder.finish(TextForm.MARKDOWN, title=presentation.core_properties.title)


def _slide(builder: TextBuilder, slide: Slide) -> None:
    title = slide.shapes.title
    if title is not None:
        builder.heading(2, title.text_frame.text)
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if isinstance(shape, GraphicFrame) and shape.has_table:
            builder.write(notation.table([cell.text for cell in row.cells] for row in shape.table.rows))
        elif shape.has_text_frame:
            _frame(builder, shape.text_frame)  # type: ignore[attr-defined]  # asked the line before
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None and notes.text.strip():
        builder.write(notation.paragraph(f"Notes: {notes.text}"))


def _shapes(shapes: Iterable[BaseShape], depth: int = 0) -> Iterator[BaseShape]:
    if depth > _DEEPEST_GROUP:
        raise FileTooComplex(f"Its shapes are grouped more than {_DEEPEST_GROUP} deep.")
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _frame(builder: TextBuilder, frame: TextFrame) -> None:
    """One paragraph stands alone; several are the points of a list."""
    paragraphs = [paragraph for paragraph in frame.paragraphs if paragraph.text.strip()]
    if len(paragraphs) == 1:
        builder.write(notation.paragraph(paragraphs[0].text))
    for index, paragraph in enumerate(paragraphs if len(paragraphs) > 1 else ()):
        point = notation.list_item(paragraph.text, paragraph.level)
        builder.write(point, joint="\n" if index else "\n\n")
