"""Where an operator names a Docling, it reads what it reads better; what it cannot read is read without it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.outbound.client import OutboundClient
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from indexing.extraction.docling.extractor import DoclingExtractor
from indexing.extraction.docling.pages import MARK, paged
from indexing.extraction.docling.server import DoclingAway, DoclingServer
from indexing.extraction.errors import FileHasNoText, FileTypeUnsupported
from indexing.extraction.source import Extraction
from indexing.extraction.text import ExtractedText, Place
from tests.indexing.collections.shelving import make
from tests.indexing.documents.filing import path_of, sent
from tests.indexing.extraction.made import slides, word
from tests.world.little_docling import LittleDocling, little_docling
from tests.world.models import data
from tests.world.papers import pdf
from tests.world.patience import eventually
from tests.world.people import organisation
from tests.world.platform import fresh

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 200


@dataclass(slots=True)
class Desk:
    docling: LittleDocling
    reading: DoclingExtractor
    folder: Path

    async def read(self, data: bytes, name: str) -> Extraction:
        path = self.folder / "kept.blob"
        path.write_bytes(data)
        return await self.reading.extract(path, name)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with little_docling() as docling:
        client = OutboundClient(GuardedTransport(Guard.for_configured()))
        server = DoclingServer(client, f"{docling.site.url}/", "the-key", pause=0.01)
        reading = DoclingExtractor(server)
        yield Desk(docling, reading, tmp_path)
        await reading.aclose()


async def test_a_pdf_is_read_by_docling_page_by_page(desk: Desk) -> None:
    desk.docling.markdown = f"# One\n\nFirst words.\n\n{MARK}\n\nMore of one.\n\n# Two\n\nLast words."
    file = pdf(["what our own reader would find"])
    read = await desk.read(file, "secret name.pdf")
    assert (read.mime_type, read.warnings, read.text.title) == ("application/pdf", (), "One")
    assert MARK not in read.text.text
    stood = {
        words: next((p.page, p.section) for p in read.text.places if p.start <= read.text.text.index(words) < p.end)
        for words in ("First words.", "More of one.", "Last words.")
    }
    assert stood == {"First words.": (1, "One"), "More of one.": (2, "One"), "Last words.": (2, "Two")}
    (form,) = desk.docling.forms
    assert form["files"] == ("file.pdf", file)
    assert form["to_formats"] == (None, b"md")
    assert {asked.headers["x-api-key"] for asked in desk.docling.site.asked} == {"the-key"}
    assert desk.docling.polls == 3


@pytest.mark.parametrize(
    ("made", "name", "ending", "kind"),
    [
        (word, "a.docx", "docx", "wordprocessingml.document"),
        (slides, "a.pptx", "pptx", "presentationml.presentation"),
        (lambda: PICTURE, "a", "png", "image/png"),
    ],
)
async def test_office_files_and_pictures_are_read_by_docling(
    desk: Desk, made: object, name: str, ending: str, kind: str
) -> None:
    read = await desk.read(made(), name)  # type: ignore[operator]
    assert (desk.docling.forms[0]["files"][0], read.text.text) == (f"file.{ending}", desk.docling.markdown)
    assert read.mime_type.endswith(kind)


async def test_everything_else_is_read_as_ever(desk: Desk) -> None:
    assert (await desk.read(b"# Plain", "a.md")).text.text == "# Plain"
    assert (await desk.reading.extract(pdf(["of no file"]), "a.pdf")).text.text == "of no file"
    assert desk.docling.site.asked == []


@pytest.mark.parametrize("status", ["failure", "skipped"])
async def test_what_docling_cannot_read_is_read_without_it_and_says_so(desk: Desk, status: str) -> None:
    desk.docling.status = status
    read = await desk.read(pdf(["our own reader finds this"]), "a.pdf")
    assert read.text.text == "our own reader finds this"
    assert "without Docling" in read.warnings[-1]
    desk.docling.polls = 0
    with pytest.raises(FileTypeUnsupported):
        await desk.read(PICTURE, "a.png")


async def test_a_part_is_said_to_be_one_and_nothing_is_no_text(desk: Desk) -> None:
    desk.docling.status = "partial_success"
    assert "only a part" in (await desk.read(pdf(["x"]), "a.pdf")).warnings[-1]
    desk.docling.polls, desk.docling.markdown = 0, f"\n\n{MARK}\n\n"
    with pytest.raises(FileHasNoText):
        await desk.read(pdf(["x"]), "a.pdf")


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
async def test_a_docling_that_is_away_is_waited_for(desk: Desk, status: int) -> None:
    desk.docling.away = status
    with pytest.raises(DoclingAway, match=str(status)):
        await desk.read(pdf(["x"]), "a.pdf")


async def test_what_is_no_docling_or_not_there_is_away_too(desk: Desk) -> None:
    desk.docling.site.pages.clear()
    with pytest.raises(DoclingAway):
        await desk.read(pdf(["x"]), "a.pdf")
    for url in ("http://127.0.0.1:9", "http://169.254.169.254"):
        server = DoclingServer(desk.reading._docling.client, url)
        with pytest.raises(DoclingAway):
            await server.convert(desk.folder / "kept.blob", "pdf")


def test_marks_are_taken_out_and_no_character_changes_its_place() -> None:
    said = f"ab{MARK}{MARK}cdef{MARK}g"
    marked = ExtractedText(said, (Place(0, len(said) - 1, None, "S"),))
    text = paged(marked, numbered=True)
    assert text.text == "abcdefg"
    assert text.places == (Place(0, 2, 1, "S"), Place(2, 6, 3, "S"), Place(6, 7, 4, None))
    assert [place.page for place in paged(marked, numbered=False).places] == [None, None, None]
    assert paged(ExtractedText("", ()), numbered=True) == ExtractedText("", ())


async def test_a_platform_that_names_one_has_its_documents_read_by_it() -> None:
    async with little_docling() as docling, fresh(docling_url=docling.site.url) as running:
        acme = await organisation(running)
        plans = await make(acme.client("admin"))
        made = await sent(acme.client("admin"), plans["id"], PICTURE, filename="scan.png", media="image/png")

        async def indexed() -> bool:
            return bool(data(await acme.client("admin").get(path_of(made)))["status"] == "indexed")

        await eventually(indexed)
        (chunk,) = data(await acme.client("admin").get(f"{path_of(made)}/chunks"))
        assert (chunk["content"], chunk["section"]) == (docling.markdown, "A plan")
        await acme.aclose()
