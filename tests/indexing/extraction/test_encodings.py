"""Text is read in its own encoding, or the doubt is said; words are never turned into gibberish in silence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.extraction.decoding import decode
from indexing.extraction.errors import FileEmpty, FileEncodingUnknown

SAYINGS = {
    "cp1252": "Größe und Maß für die Übung – “schön” déjà vu, où? ¿Qué? 30 €",
    "iso8859_15": "Ça coûte 30 € pour le cœur en été",
    "cp1250": "Příliš žluťoučký kůň; zażółć gęślą jaźń",
    "cp1251": "Привет, как дела? Это проверка кодировки текста.",
    "koi8_r": "Привет, как дела? Это проверка кодировки текста.",
    "cp1253": "Ελληνικό κείμενο για δοκιμή",
    "cp1254": "Bu Türkçe bir metindir, şöyle ığdır çğöü İstanbul",
    "cp1255": "שלום עולם, זהו טקסט בעברית",
    "cp1256": "مرحبا بالعالم هذا نص عربي",
    "cp932": "日本語のテキストです。文字コードの検出。",
    "euc_jp": "日本語のテキストです。文字コードの検出。",
    "iso2022_jp": "日本語のテキストです。文字コードの検出。",
    "gb18030": "这是一个中文文本，用来检测编码。",
    "big5": "這是一個中文文本，用來檢測編碼。",
    "cp949": "한국어 텍스트 인코딩 감지",
    "mac_roman": "naïve résumé déjà vu café où",
    "cp850": "Größe und Maß für die Übung",
}
UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("encoding", SAYINGS)
@pytest.mark.parametrize("times", [1, 20])
def test_the_encodings_of_the_world_are_told_apart(encoding: str, times: int) -> None:
    text = (SAYINGS[encoding] + "\n") * times
    found = decode(text.encode(encoding))
    assert found.text == text
    assert encoding == "iso2022_jp" or (found.warning and "was read as" in found.warning)


@pytest.mark.parametrize("encoding", UNICODE)
@pytest.mark.parametrize("saying", [SAYINGS["cp1252"], SAYINGS["cp1251"], "plain words\n"])
def test_unicode_is_read_with_and_without_its_mark(encoding: str, saying: str) -> None:
    found = decode((saying * 3).encode(encoding))
    assert (found.text, found.warning) == (saying * 3, None)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\x1b\ufeff")).filter(str.strip))
def test_every_text_in_utf8_comes_back(text: str) -> None:
    data = text.encode()
    if data.strip():
        assert decode(data).text == text


def test_every_line_end_becomes_one() -> None:
    assert decode(b"a\r\nb\rc\nd").text == "a\nb\nc\nd"


def test_what_a_page_declares_is_believed_and_latin_1_means_windows() -> None:
    assert decode(b"\x93caf\xe9\x94", declared="ISO-8859-1").text == "“café”"
    assert decode("Привет".encode("koi8_r"), declared="koi8-r").text == "Привет"
    assert decode("Grüße".encode(), declared="koi8-r").text == "Grüße"


@pytest.mark.parametrize("declared", ["no-such", "base64", "", "rot13", "utf-7\0"])
def test_a_declared_encoding_that_is_none_is_passed_over(declared: str) -> None:
    assert decode("Größe und Maß".encode("cp1252"), declared=declared).text == "Größe und Maß"


def test_broken_places_in_utf8_are_shown_and_counted() -> None:
    found = decode("Grüße, schöne Übung. ".encode() * 50 + b"\xff and \xfe")
    assert found.text.count("�") == 2
    assert found.warning == "2 places of the text are broken and stand as �."


def test_a_last_character_cut_short_does_not_change_the_encoding() -> None:
    assert decode("schöne Grüß".encode()[:-1]).text == "schöne Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}�"


def test_noise_is_refused_instead_of_guessed() -> None:
    with pytest.raises(FileEncodingUnknown, match="UTF-8"):
        decode(bytes(range(128, 256)) * 20)


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf", "\ufeff \n".encode("utf-16-le")])
def test_a_mark_alone_is_nothing(data: bytes) -> None:
    with pytest.raises(FileEmpty):
        decode(data)
