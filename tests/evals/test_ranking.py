"""The numbers are those of their definitions, reckoned the long way."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.abstention import abstention
from evals.metrics.ranking import ndcg, quality, recall, reciprocal_rank

DOCUMENTS = [f"d{number}" for number in range(15)]
rankings = st.lists(st.sampled_from(DOCUMENTS), unique=True)
judgements = st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(0, 3))
numbers = st.lists(st.integers(0, 9).map(float), min_size=1, max_size=30)


def slow_dcg(grades: list[int]) -> float:
    total = 0.0
    for place in range(1, 11):
        if place <= len(grades):
            total += grades[place - 1] / math.log(place + 1, 2)
    return total


@given(rankings, judgements)
def test_ndcg_is_the_gain_beside_that_of_the_best_order(ranking: list[str], grades: dict[str, int]) -> None:
    ideal = slow_dcg(sorted(grades.values(), reverse=True))
    got = slow_dcg([grades.get(document, 0) for document in ranking])
    assert ndcg(ranking, grades) == pytest.approx(got / ideal if ideal else 0.0)
    assert 0 <= ndcg(ranking, grades) <= 1 + 1e-9


@given(rankings, judgements, st.sampled_from([5, 10]))
def test_recall_is_the_share_that_is_found(ranking: list[str], grades: dict[str, int], depth: int) -> None:
    right = [document for document in grades if grades[document] > 0]
    found = [document for document in right if document in ranking[:depth]]
    assert recall(ranking, grades, depth) == (len(found) / len(right) if right else 0.0)


@given(rankings, judgements)
def test_the_reciprocal_rank_is_of_the_first_that_answers(ranking: list[str], grades: dict[str, int]) -> None:
    places = [ranking.index(document) + 1 for document in ranking if grades.get(document, 0) > 0]
    assert reciprocal_rank(ranking, grades) == (1 / min(places) if places and min(places) <= 10 else 0.0)


def test_a_known_case_by_hand() -> None:
    ranking, grades = ["x", "b", "a"], {"a": 2, "b": 1, "c": 1}
    assert ndcg(ranking, grades) == pytest.approx((1 / math.log2(3) + 2 / 2) / (2 + 1 / math.log2(3) + 1 / 2))
    assert recall(ranking, grades, 5) == pytest.approx(2 / 3)
    assert reciprocal_rank(ranking, grades) == 0.5


def test_means_are_over_questions_with_an_answer_and_silence_counts_as_nothing() -> None:
    judged = {"q1": {"a": 1}, "q2": {"b": 1}, "q3": {"c": 0}}
    found = quality({"q1": ["a"], "q3": ["c"]}, judged)
    assert (found.questions, found.ndcg_10, found.recall_5, found.mrr_10) == (2, 0.5, 0.5, 0.5)
    assert quality({}, {}).questions == 0


@given(numbers, numbers)
def test_a_threshold_keeps_its_share_and_no_higher_one_does(answerable: list[float], without: list[float]) -> None:
    found = abstention(answerable, without)
    assert found.kept >= 0.95
    for higher in {number for number in answerable if number > found.threshold}:
        assert sum(number >= higher for number in answerable) / len(answerable) < 0.95
    assert found.let_through == sum(number >= found.threshold for number in without) / len(without)
    pairs = [(one, other) for one in answerable for other in without]
    wins = sum(one > other for one, other in pairs) + sum(one == other for one, other in pairs) / 2
    assert found.area == pytest.approx(wins / len(pairs))
