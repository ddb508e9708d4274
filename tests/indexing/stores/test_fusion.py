"""Several rankings become one by places alone."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from indexing.stores.fusion import Ranking, fused
from indexing.stores.vectors import Hit


def ranking(*names: str, weight: float = 1) -> Ranking:
    return Ranking([Hit(name, f"doc_{name}", 100 - place) for place, name in enumerate(names)], weight)


def names(hits: list[Hit]) -> list[str]:
    return [hit.chunk_id for hit in hits]


def test_what_both_find_comes_before_what_only_one_finds() -> None:
    assert names(fused([ranking("a", "b", "c"), ranking("d", "c", "e")], 10))[0] == "c"


def test_first_everywhere_is_one_and_everything_else_less() -> None:
    first, second = fused([ranking("a", "b"), ranking("a", "b")], 10)
    assert (first.chunk_id, first.score, first.document_id) == ("a", 1.0, "doc_a")
    assert 0 < second.score < 1


def test_equals_are_told_apart_by_their_best_place_and_then_by_id() -> None:
    assert names(fused([ranking("b", "x"), ranking("a", "y")], 10)) == ["a", "b", "x", "y"]
    assert names(fused([ranking("a", "y"), ranking("b", "x")], 10)) == ["a", "b", "x", "y"]


def test_a_weight_of_nothing_is_not_asked() -> None:
    assert names(fused([ranking("a", weight=0), ranking("b")], 10)) == ["b"]
    assert fused([ranking("a", weight=0)], 10) == []
    assert fused([], 10) == []


def test_a_heavier_ranking_decides() -> None:
    assert names(fused([ranking("a", "b", weight=0.7), ranking("b", "a", weight=0.3)], 10)) == ["a", "b"]
    assert names(fused([ranking("a", "b", weight=0.3), ranking("b", "a", weight=0.7)], 10)) == ["b", "a"]


def test_one_ranking_alone_keeps_its_order_and_no_more_than_the_page_comes_out() -> None:
    assert names(fused([ranking("c", "a", "b"), ranking()], 2)) == ["c", "a"]
    assert fused([ranking("a")], 0) == []


_NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(st.lists(st.tuples(_NAMES, st.floats(0, 10)), max_size=4), st.integers(0, 10), st.randoms(use_true_random=False))
def test_the_order_of_the_rankings_is_nothing(rows, limit, random) -> None:  # type: ignore[no-untyped-def] # generated
    rankings = [ranking(*row, weight=weight) for row, weight in rows]
    found = fused(rankings, limit)
    shuffled = random.sample(rankings, len(rankings))
    assert [round(hit.score, 9) for hit in fused(shuffled, limit)] == [round(hit.score, 9) for hit in found]
    assert len({hit.chunk_id for hit in found}) == len(found) <= limit
    assert all(0 <= later.score <= earlier.score <= 1 for earlier, later in pairwise(found))
