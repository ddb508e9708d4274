"""Backends are tried by priority, and among equals by weight."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from app.inference.ordering import in_turn


@dataclass(frozen=True)
class Link:
    name: str
    priority: int
    weight: int


def test_a_lower_priority_comes_first_whatever_the_weights() -> None:
    links = [Link("first", 0, 1), Link("second", 1, 1000)]
    for seed in range(50):
        assert [link.name for link in in_turn(links, random.Random(seed))] == ["first", "second"]


def test_among_equals_the_weight_says_how_often_one_comes_first() -> None:
    links = [Link("heavy", 0, 3), Link("light", 0, 1)]
    chance = random.Random(7)
    first = Counter(next(iter(in_turn(links, chance))).name for _ in range(4000))
    assert 2800 < first["heavy"] < 3200


def test_a_weight_of_nothing_is_tried_last_but_tried() -> None:
    links = [Link("spare", 0, 0), Link("main", 0, 1)]
    for seed in range(50):
        assert [link.name for link in in_turn(links, random.Random(seed))] == ["main", "spare"]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=8), st.integers())
def test_every_backend_is_tried_exactly_once(shape: list[tuple[int, int]], seed: int) -> None:
    links = [Link(str(place), priority, weight) for place, (priority, weight) in enumerate(sorted(shape))]
    tried = list(in_turn(links, random.Random(seed)))
    assert sorted(link.name for link in tried) == sorted(link.name for link in links)
    assert [link.priority for link in tried] == sorted(link.priority for link in links)
