"""A file is what its bytes say; its name decides only between kinds of text."""

from __future__ import annotations

import random

import pytest

from indexing.extraction.errors import FileDamaged, FileEmpty, FileEncrypted, FileTypeUnsupported
from indexing.extraction.limits import Limits
from indexing.extraction.router import recognise
from indexing.extraction.shapes import name_with_ending
from tests.indexing.extraction.made import book, open_document, slides, word, workbook
from tests.world.papers import member, pdf, rezipped, zipped

PAGE = b"<!DOCTYPE html><html><body><p>Hi</p></body></html>"
MAIL = b"Received: from a.example\nFrom: a@acme.example\nSubject: x\n\nHi\n"
MARKDOWN = b"# Title\n\n- one\n- two\n"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def mime(data: bytes, name: str) -> str:
    return recognise(data, name, Limits()).mime_type


@pytest.mark.parametrize(
    ("made", "ending"),
    [
        (lambda: pdf(["x"]), "application/pdf"),
        (word, "wordprocessingml.document"),
        (slides, "presentationml.presentation"),
        (workbook, "spreadsheetml.sheet"),
        (lambda: open_document("<text:p>x</text:p>"), "opendocument.text"),
        (lambda: book("<p>x</p>"), "epub+zip"),
        (lambda: rb"{\rtf1 x}", "application/rtf"),
        (lambda: PAGE, "text/html"),
        (lambda: MAIL, "message/rfc822"),
    ],
)
@pytest.mark.parametrize("name", ["file", "notes.txt", "picture.png", "wrong.pdf", "wrong.docx"])
def test_content_beats_the_name(made: object, ending: str, name: str) -> None:
    assert callable(made)
    assert mime(made(), name).endswith(ending)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (MARKDOWN, "a.md", "text/markdown"),
        (MARKDOWN, "a", "text/markdown"),
        (MARKDOWN, "a.txt", "text/plain"),
        (MARKDOWN, "a.pdf", "text/plain"),
        (b"a,b\n1,2\n", "a.csv", "text/csv"),
        (b"a\tb\n", "a.TSV", "text/tab-separated-values"),
        (b"a,b\n", "a.txt", "text/plain"),
        (b"x = 1\n", "a.py", "text/x-python"),
        (b"#!/usr/bin/env python3\nx = 1\n", "run", "text/x-python"),
        (b"<?php echo 1; ?><html>", "a.php", "text/x-php"),
        (b"class A { public: int x; };", "a.h", "text/x-cpp"),
        (b"int f(void);", "a.h", "text/x-c"),
        (b'{"a": 1}', "a.json", "text/x-json"),
        (b"<h1 align=center>Tool</h1>\n\n# Use\n", "README.md", "text/markdown"),
        (b"<p>only a piece", "a.html", "text/html"),
        (b"plain words", "a.html", "text/plain"),
        (b"From: me, with love\n\nno letter", "a.txt", "text/plain"),
        (b"From: a@acme.example\nSubject: x\n\nhi", "a.eml", "message/rfc822"),
        (b"BMW and MZ and ID3 are words", "a.txt", "text/plain"),
        ("Ünïcode".encode("utf-16"), "a.txt", "text/plain"),
        ("Grüße".encode("utf-16-le") * 20, "a.txt", "text/plain"),
    ],
)
def test_the_name_decides_between_kinds_of_text(data: bytes, name: str, expected: str) -> None:
    assert mime(data, name) == expected


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "a PNG picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 40, "a JPEG picture"),
        (b"MZ\x90\0" + b"\0\1" * 40, "a Windows program"),
        (b"\x7fELF" + b"\0\1" * 40, "a program"),
        (b"\x1f\x8b\x08" + b"\0\1" * 40, "a gzip archive"),
        (b"\0\0\0\x18ftypmp42" + b"\0\1" * 40, "a video"),
        (zipped({"a.txt": "x"}), "a ZIP archive"),
        (zipped({"META-INF/MANIFEST.MF": "x"}), "a Java archive"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "opendocument.spreadsheet"),
        (COMPOUND + "WordDocument".encode("utf-16-le"), "DOC"),
        (random.Random(1).randbytes(4000), "binary data"),
        (b"\0\1\2\3", "binary data"),
        (b"\0\1\2\3" * 500, "binary data"),
        (b"\0\xff" * 500, "binary data"),
        (bytes(range(256)) * 8, "binary data"),
    ],
)
def test_what_is_not_read_is_named(data: bytes, said: str) -> None:
    with pytest.raises(FileTypeUnsupported, match=said) as refused:
        recognise(data, "report.docx", Limits())
    assert "upload" in refused.value.message


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"\0" * 100])
def test_nothing_is_no_file(data: bytes) -> None:
    with pytest.raises(FileEmpty):
        recognise(data, "a.pdf", Limits())


def test_a_locked_office_file_is_told_from_an_old_one() -> None:
    with pytest.raises(FileEncrypted, match="without a password"):
        recognise(COMPOUND + "EncryptedPackage".encode("utf-16-le"), "a.docx", Limits())


def test_a_zip_cut_short_is_damaged() -> None:
    with pytest.raises(FileDamaged):
        recognise(word()[:-200], "a.docx", Limits())


def test_word_files_with_macros_are_read_as_word() -> None:
    plain = b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = member(word(), "[Content_Types].xml").replace(plain, b"vnd.ms-word.document.macroEnabled.main+xml")
    assert mime(rezipped(word(), {"[Content_Types].xml": types}), "a.docm").endswith("wordprocessingml.document")


@pytest.mark.parametrize(
    ("name", "said", "called"),
    [
        ("First", "text/markdown", "First.md"),
        ("Minutes 1.2", "text/markdown", "Minutes 1.2.md"),
        ("figures", "text/csv", "figures.csv"),
        ("tool", "text/x-python", "tool.py"),
        ("tool", "application/json", "tool.json"),
        ("page", "text/html", "page.html"),
        ("letter.txt", "text/markdown", "letter.txt"),
        ("Makefile", "text/plain", "Makefile"),
        ("notes", "text/plain", "notes"),
        ("thing", "application/octet-stream", "thing"),
        ("thing", "application/pdf", "thing"),
        ("thing", None, "thing"),
    ],
)
def test_a_name_that_tells_nothing_is_helped_by_what_the_file_is_said_to_be(
    name: str, said: str | None, called: str
) -> None:
    assert name_with_ending(name, said) == called
