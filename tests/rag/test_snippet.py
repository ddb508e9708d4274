"""A snippet is where most of what was asked is said, by its exact place."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval.snippet import Snippets

WORDS = ("harbour", "tide", "pilot", "lantern", "filler", "of")
REACH = 260  # from the first word of a question to the last that is counted with it


@given(st.lists(st.sampled_from(WORDS), min_size=80, max_size=400), st.sets(st.sampled_from(WORDS[:4]), min_size=1))
def test_no_other_part_says_more_of_a_question(said: list[str], asked: set[str]) -> None:
    text = " ".join(said)
    span = Snippets(" ".join(sorted(asked))).of(text)
    places = [(one.start(), one[0]) for one in re.finditer(r"\w+", text) if one[0] in asked]
    most = max((_told(places, start, REACH) for start, _ in places), default=0)
    first = next((place for place, _ in places if _told(places, place, REACH) == most), 0)
    assert span.start <= first <= span.start + 60
    assert span.end - span.start <= 320
    assert not (text[span.start - 1 : span.start] + text[span.end : span.end + 1]).strip()


def test_a_text_that_says_nothing_else_is_looked_through_in_one_go() -> None:
    """A passage may say a word thousands of times."""
    assert Snippets("tide").of("tide " * 100_000).start == 0


def test_what_stands_inside_of_other_words_is_not_said() -> None:
    text = "ebbtide_tide " * 60 + "the tide comes in"
    assert Snippets("tide").of(text).end == len(text)
    assert Snippets("a aa aaa").of("x" + "a" * 100_000).start == 0


def _told(places: list[tuple[int, str]], start: int, reach: int) -> int:
    return len({word for place, word in places if start <= place < start + reach})
