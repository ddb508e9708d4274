"""Which names may mean the same is told by the two of them alone, and numbers are never overlooked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.graphs.likeness import beginnings, may_be_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("acme corp", "acme corporation"),
        ("knowledge graph", "knowledge graphs"),
        ("oxford university", "university oxford"),
    ],
)
def test_spellings_of_one_name_may_mean_the_same(one: str, other: str) -> None:
    assert may_be_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("acme north", "acme south"), ("iso 27001", "iso 27002"), ("phase 1 plan", "phase 2 plan"), ("a", "b")],
)
def test_names_of_different_things_do_not(one: str, other: str) -> None:
    assert not may_be_same(one, other)


@given(st.text("abcdef 12", max_size=20), st.text("abcdef 12", max_size=20))
def test_it_does_not_matter_which_comes_first_and_both_are_found_by_one_beginning(one: str, other: str) -> None:
    assert may_be_same(one, other) == may_be_same(other, one)
    if may_be_same(one, other):
        assert beginnings(one) & beginnings(other)
