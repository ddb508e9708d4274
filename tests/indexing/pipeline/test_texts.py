"""Texts are kept as they were read, and long ones are worked on a window at a time."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.extraction.source import Extraction
from indexing.extraction.text import ExtractedText, Place, TextForm
from indexing.pipeline.text_codec import NoSuchText, packed, unpacked
from indexing.pipeline.windows import windows


@given(st.text(st.characters(), max_size=200), st.lists(st.text(max_size=20), max_size=3))
def test_a_text_comes_back_as_it_was_kept(said: str, warnings: list[str]) -> None:
    places = (Place(0, len(said) // 2, 1, "Führer"), Place(len(said) // 2, len(said), None, None))
    text = ExtractedText(said, places, TextForm.CODE, "python", "A title")
    extraction = Extraction(text, "text/x-python", tuple(warnings))
    assert unpacked(packed(extraction)) == extraction


def test_what_was_cut_short_spoilt_or_never_a_text_is_none() -> None:
    whole = packed(Extraction(ExtractedText("said " * 99, ()), "text/plain"))
    spoilt = [b"", b"SGT1", b"PK\x03\x04", whole[:-1], whole[:40], b"SGT0" + whole[4:], whole[:20] + whole[24:]]
    for data in spoilt:
        with pytest.raises(NoSuchText):
            unpacked(data)


def long_text(paragraphs: int) -> ExtractedText:
    chance = random.Random(1)
    said = [" ".join(str(chance.randrange(10**6)) for _ in range(chance.randrange(5, 60))) for _ in range(paragraphs)]
    text = "\n\n".join(said)
    edges = [*range(0, len(text), 997), len(text)]
    places = tuple(Place(start, end, page) for page, (start, end) in enumerate(pairwise(edges)))
    return ExtractedText(text, places)


def test_windows_are_the_whole_text_and_keep_its_places() -> None:
    text, at = long_text(2_000), 0
    for offset, window in windows(text, longest=10_000):
        assert offset == at
        assert len(window.text) <= 10_000
        assert text.text[offset : offset + len(window.text)] == window.text
        assert (window.places[0].start, window.places[-1].end) == (0, len(window.text))
        for place in window.places:
            held = next(held for held in text.places if held.page == place.page)
            assert held.start <= offset + place.start < offset + place.end <= held.end
        at += len(window.text)
    assert at == len(text.text)


def test_an_edit_moves_few_windows() -> None:
    text = long_text(2_000)
    edited = ExtractedText("A new beginning.\n\n" + text.text, ())
    before = {window.text for _, window in windows(text, longest=10_000)}
    after = [window.text for _, window in windows(edited, longest=10_000)]
    assert sum(window not in before for window in after) <= len(after) // 4


def test_a_text_without_any_seam_is_cut_all_the_same() -> None:
    cut = [window.text for _, window in windows(ExtractedText("x" * 25_001, ()), longest=10_000)]
    assert [len(window) for window in cut] == [10_000, 10_000, 5_001]
