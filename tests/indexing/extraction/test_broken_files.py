"""The folder of broken files: each is refused with a code, a sentence and a next step, or read as it should be."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import psutil
import pypdf
import pytest

from indexing.extraction.apart import Extractor
from indexing.extraction.errors import ExtractionFailed
from indexing.extraction.limits import Limits
from tests.indexing.extraction.made import book, open_document, slides, word, workbook
from tests.world.papers import member, pdf, rezipped, zipped

LIMITS = Limits(seconds=60)
SMALL = replace(LIMITS, unpacked_bytes=20 * 2**20, pages=50, cells=1000, characters=6_000_000)
MAIN, SHEET, SLIDE = "word/document.xml", "xl/worksheets/sheet1.xml", "ppt/slides/slide1.xml"
LAUGHS = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))
BOMB = f'<!DOCTYPE x [<!ENTITY a "haha">{LAUGHS}]>'
FILE = '<!DOCTYPE x [<!ENTITY k SYSTEM "file:///etc/passwd">]>'


def changed(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    return rezipped(data, {name: change(member(data, name))})


def before_root(bomb: str) -> Callable[[bytes], bytes]:
    """Put a document type where XML wants it."""
    return lambda xml: bomb.encode() + xml[xml.index(b"?>") + 2 :] if xml.startswith(b"<?xml") else bomb.encode() + xml


def locked() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf(["secret"])))
    writer.encrypt("a password", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def lying() -> bytes:
    """A zip whose list says that a part is far smaller than what comes out."""
    large = b"<x/>" * 100_000
    data = rezipped(word(), {"word/media/a.xml": large})
    return data.replace(struct.pack("<I", len(large)), struct.pack("<I", 10))


def locked_zip() -> bytes:
    data = bytearray(zipped({"a": "x"}))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def nested_mail() -> bytes:
    head = b"From: a@acme.example\nMIME-Version: 1.0\nSubject: x\n"
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    return head + parts + b"\nhello"


BROKEN: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "empty": (lambda: b"", "a.pdf", "FILE_EMPTY"),
    "blank": (lambda: b"\n" * 100, "a.txt", "FILE_EMPTY"),
    "locked PDF": (locked, "a.pdf", "FILE_ENCRYPTED"),
    "locked Office": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.docx",
        "FILE_ENCRYPTED",
    ),
    "locked zip": (locked_zip, "a.docx", "FILE_ENCRYPTED"),
    "locked ODT": (
        lambda: rezipped(open_document(""), {"META-INF/manifest.xml": b"<manifest:encryption-data/>"}), "a.odt",
        "FILE_ENCRYPTED",
    ),
    "PDF cut": (lambda: pdf(["text"] * 20)[:-900], "a.pdf", "FILE_DAMAGED"),
    "PDF cut early": (lambda: pdf(["text"] * 20)[:300], "a.pdf", "FILE_DAMAGED"),
    "PDF without sense": (lambda: b"%PDF-1.7\nnot much", "a.pdf", "FILE_DAMAGED"),
    "DOCX cut": (lambda: word()[:-2000], "a.docx", "FILE_DAMAGED"),
    "DOCX part cut": (lambda: changed(word(), MAIN, lambda xml: xml[:-40]), "a.docx", "FILE_DAMAGED"),
    "XLSX part cut": (lambda: changed(workbook(), SHEET, lambda xml: xml[:-40]), "a.xlsx", "FILE_DAMAGED"),
    "PPTX part cut": (lambda: changed(slides(), SLIDE, lambda xml: xml[:-40]), "a.pptx", "FILE_DAMAGED"),
    "zip flipped": (lambda: word()[:60] + b"\xff" * 40 + word()[100:], "a.docx", "FILE_DAMAGED"),
    "RTF cut": (lambda: rb"{\rtf1 {\b half", "a.rtf", "FILE_DAMAGED"),
    "lying zip": (lying, "a.docx", "FILE_DAMAGED"),
    "scan": (lambda: pdf(["", ""]), "a.pdf", "FILE_HAS_NO_TEXT"),
    "picture as PDF": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "a.pdf", "FILE_TYPE_UNSUPPORTED"),
    "zip bomb": (lambda: rezipped(word(), {"word/media/a.bin": b"\0" * 21 * 2**20}), "a.docx", "FILE_TOO_COMPLEX"),
    "many members": (lambda: zipped({f"{n}": "" for n in range(20_100)}), "a.docx", "FILE_TOO_COMPLEX"),
    "entities in DOCX": (lambda: changed(word(), MAIN, before_root(BOMB)), "a.docx", "FILE_TOO_COMPLEX"),
    "entities in XLSX": (lambda: changed(workbook(), SHEET, before_root(BOMB)), "a.xlsx", "FILE_TOO_COMPLEX"),
    "entities in PPTX": (lambda: changed(slides(), SLIDE, before_root(BOMB)), "a.pptx", "FILE_TOO_COMPLEX"),
    "entities in ODT": (lambda: open_document("<text:p>&k;</text:p>", before=BOMB), "a.odt", "FILE_TOO_COMPLEX"),
    "entities in EPUB": (lambda: book("<p>&k;</p>", before=BOMB), "a.epub", "FILE_TOO_COMPLEX"),
    "a file as entity": (lambda: open_document("<text:p>&k;</text:p>", before=FILE), "a.odt", "FILE_TOO_COMPLEX"),
    "deep HTML": (lambda: b"<html>" + b"<div>" * 200_000, "a.html", "FILE_TOO_COMPLEX"),
    "deep DOCX": (
        lambda: changed(word(), MAIN, lambda xml: xml.replace(b"<w:body>", b"<w:body>" + b"<w:sdt>" * 5000)), "a.docx",
        "FILE_TOO_COMPLEX",
    ),
    "deep ODT": (
        lambda: open_document("<text:section>" * 5000 + "</text:section>" * 5000), "a.odt", "FILE_TOO_COMPLEX",
    ),
    "deep mail": (nested_mail, "a.eml", "FILE_TOO_COMPLEX"),
    "many pages": (lambda: pdf(["x"] * 51), "a.pdf", "FILE_TOO_COMPLEX"),
    "many cells": (lambda: b"1,2\n" * 501, "a.csv", "FILE_TOO_COMPLEX"),
    "much text": (lambda: b"word " * 1_300_000, "a.txt", "FILE_TOO_COMPLEX"),
    "noise as text": (lambda: bytes(range(128, 256)) * 20, "a.txt", "FILE_ENCODING_UNKNOWN"),
}  # fmt: skip

SOUND: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a name full of tricks": (lambda: b"fine", "../../../etc/passwd\0.pdf", "fine"),
    "a line of five million": (lambda: b"word " * 1_000_000, "a.txt", "word " * 1_000_000),
    "a web page of one line": (lambda: b"<html><body><p>" + b"word " * 200_000, "a.html", "word " * 199_999 + "word"),
    "a heading of five million": (lambda: b"# " + b"x" * 5_000_000, "a.md", "# " + "x" * 5_000_000),
    "brackets without end": (lambda: b"# x\n" + b"[" * 1_000_000, "a", "# x\n" + "[" * 1_000_000),
    "deep rich text": (lambda: b"{\\rtf1 " + b"{" * 50_000 + b"x" + b"}" * 50_001, "a.rtf", "x"),
    "a blank a billion times": (
        lambda: open_document('<text:p>a<text:s text:c="999999999"/>b</text:p>'), "a.odt", "a" + " " * 1000 + "b",
    ),
    "a type outside": (
        lambda: book("<p>&nbsp;x</p>", before='<!DOCTYPE html PUBLIC "x" "http://127.0.0.1:9/x.dtd">'), "a.epub", "x",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_file_says_what_is_wrong_and_what_to_do(name: str, extractor: Extractor) -> None:
    made, called, code = BROKEN[name]
    with pytest.raises(ExtractionFailed) as refused:
        await extractor.extract(made(), called, SMALL)
    assert refused.value.code == code, refused.value.message
    assert refused.value.message == f"{refused.value.sentence} {refused.value.next_step}"
    assert refused.value.sentence.endswith(".")


@pytest.mark.parametrize("name", SOUND)
async def test_an_odd_file_that_is_sound_is_read(name: str, extractor: Extractor) -> None:
    made, called, text = SOUND[name]
    assert (await extractor.extract(made(), called, LIMITS)).text.text == text


async def test_a_broken_pdf_that_can_be_repaired_is_read(extractor: Extractor) -> None:
    whole = pdf(["Refunds are paid."])
    moved = whole.replace(b"startxref\n", b"startxref\n9")
    assert (await extractor.extract(moved, "a.pdf", LIMITS)).text.text == "Refunds are paid."


@pytest.mark.slow
async def test_the_server_stays_small_while_it_is_attacked(extractor: Extractor) -> None:
    bomb = rezipped(word(), {"word/media/a.bin": b"\0" * 600 * 2**20})
    swelling = changed(word(), MAIN, lambda xml: xml.replace(b"Gift", b"A" * (200 * 2**20)))
    files = [bomb, swelling, nested_mail(), b"<html>" + b"<div>" * 200_000, b"word " * 1_000_000]
    here = psutil.Process()
    before = most = here.memory_info().rss
    for data in files * 2:
        with suppress(ExtractionFailed):
            await extractor.extract(data, "a.docx", LIMITS)
        most = max(most, here.memory_info().rss)
    assert most - before < 48 * 2**20
