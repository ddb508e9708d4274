"""Numbers in an answer name what was offered, or are not in it, however the answer is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from rag.citations import Markers

KNOWN = {1, 2, 3}


def whole(text: str) -> str:
    markers = Markers(KNOWN)
    return markers.feed(text) + markers.end()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("It is so [1].", "It is so [1]."),
        ("It is so [9].", "It is so."),
        ("It is so[9]", "It is so"),
        ("Both [1][9][2].", "Both [1][2]."),
        ("Both [1, 9, 2].", "Both [1][2]."),
        ("None [7, 9].", "None."),
        ("From 0 to 1: [0, 7].", "From 0 to 1: [0, 7]."),
        ("Elsewhere [^1] and 【2†source】.", "Elsewhere [1] and [2]."),
        ("A list `[9]` and\n```\nrows[9] [8]\n```\nand [9] more", "A list `[9]` and\n```\nrows[9] [8]\n```\nand more"),
        ("[9] at first", " at first"),
        ("In the year [2019].", "In the year [2019]."),
        ("[a] and [ ] and [", "[a] and [ ] and ["),
        ("A lone ` and [9].\n\nThen [9].", "A lone ` and [9].\n\nThen."),
    ],
)
def test_what_names_nothing_is_taken_out_and_code_is_left_alone(said: str, shown: str) -> None:
    assert whole(said) == shown


PARTS = [
    "[1]",
    "[9]",
    " [",
    "9",
    "]",
    " ",
    "word",
    "`",
    "```",
    "\n\n",
    "[1, 9]",
    ",",
    "1",
    "[0, 9]",
    "【2†s】",
    "é",
    "†",
]


@given(some.lists(some.sampled_from(PARTS)), some.data())
def test_however_a_stream_is_cut_the_answer_is_the_same(parts: list[str], data: some.DataObject) -> None:
    text = "".join(parts)
    cuts = sorted(data.draw(some.sets(some.integers(0, len(text)))))
    markers, out = Markers(KNOWN), ""
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        out += markers.feed(text[start:end])
    out += markers.end()
    assert out == whole(text)
    for one in markers.cited:
        assert out[one.start : one.end] == f"[{one.marker}]"
    assert markers.length == len(out)


def test_what_is_held_back_is_little() -> None:
    markers = Markers(KNOWN)
    held = 0
    for number in range(2_000):
        markers.feed("[1, " if number % 7 == 0 else " 2,")
        held = max(held, len(markers._held))
    assert held < 256


def test_an_answer_in_json_is_left_as_it_is_and_still_read() -> None:
    markers = Markers(KNOWN, untouched=True)
    said = '{"answer": "so [1]", "rows": [7, 9], "sources": [1]}'
    assert markers.feed(said) + markers.end() == said
    assert {one.marker for one in markers.cited} == {1}
