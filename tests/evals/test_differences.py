"""One of two is called better only where chance would hardly make it look so, and always for the same reasons."""

from __future__ import annotations

import itertools
import random

import pytest

from evals.metrics.differences import Pair, Verdict, change, differences


def pairs(*given: tuple[float, float]) -> list[Pair]:
    return [Pair(f"case-{number}", before, after) for number, (before, after) in enumerate(given)]


def test_a_known_case_by_hand() -> None:
    found = differences({"recall@5": pairs((0, 1), (0.5, 0.5), (1, 0), (0, 1))}, b"seed")["recall@5"]
    assert (found.pairs, found.cases) == (4, 4)
    assert (found.before, found.after, found.difference) == (0.375, 0.625, 0.25)
    assert (found.better, found.worse, found.same) == (2, 1, 1)
    assert found.verdict is Verdict.UNDECIDED
    assert found.low < 0 < found.high


def test_the_interval_is_that_of_all_ways_to_draw() -> None:
    """For three cases all 27 draws can be written down: the 2.5 % quantiles of their means are known."""
    apart = (0.0, 0.3, 0.9)
    every = sorted(sum(draw) / 3 for draw in itertools.product(apart, repeat=3))
    found = differences({"m": pairs(*((0.0, one) for one in apart))}, b"seed")["m"]
    assert found.low == pytest.approx(every[0], abs=1e-9)  # 1 of 27 is more than 2.5 %
    assert found.high == pytest.approx(every[-1], abs=1e-9)


def test_what_always_improves_is_better_and_what_never_differs_is_the_same() -> None:
    found = differences(
        {"ndcg@10": pairs(*[(0.4, 0.6), (0.3, 0.6)] * 10), "mrr@10": pairs(*[(0.4, 0.4)] * 20)}, b"seed"
    )
    assert found["ndcg@10"].verdict is Verdict.BETTER
    assert 0.2 <= found["ndcg@10"].low <= 0.25 <= found["ndcg@10"].high <= 0.3
    same = found["mrr@10"]
    assert (same.verdict, same.low, same.high, same.same) == (Verdict.SAME, 0.0, 0.0, 20)


def test_less_time_is_better_than_more() -> None:
    taken = pairs(*[(900.0, 700.0), (800.0, 500.0)] * 10)
    faster = differences({"latency_ms": taken}, b"seed", smaller_is_better={"latency_ms"})["latency_ms"]
    assert (faster.verdict, faster.better, faster.difference) == (Verdict.BETTER, 20, -250.0)
    assert differences({"latency_ms": taken}, b"seed")["latency_ms"].verdict is Verdict.WORSE
    assert change(2, 1, smaller_is_better=True) is change(1, 2) is Verdict.BETTER
    assert change(1, 2, smaller_is_better=True) is change(2, 1) is Verdict.WORSE
    assert change(0.1 + 0.2, 0.3) is Verdict.SAME


def test_many_readers_of_one_case_are_no_more_cases() -> None:
    once = pairs(*[(0.0, 1.0)] * 6, *[(0.5, 0.0)] * 4)
    often = [Pair(pair.case, pair.before, pair.after) for pair in once for _ in range(25)]
    few, many = (differences({"m": given}, b"seed")["m"] for given in (once, often))
    assert (many.cases, many.pairs) == (10, 250)
    assert [few.low, few.high] == pytest.approx([many.low, many.high])


def test_the_same_runs_compare_the_same_in_any_order_and_others_by_other_chance() -> None:
    given = pairs(
        *((random.Random(number).random(), random.Random(1_000 + number).random()) for number in range(1, 30))
    )
    shuffled = random.Random(5).sample(given, len(given))
    one = differences({"a": given}, b"seed")["a"]
    other = differences({"a": shuffled}, b"seed")["a"]
    assert [one.low, one.high] == pytest.approx([other.low, other.high])
    assert differences({"a": given}, b"another")["a"] != one


def test_a_metric_that_few_cases_have_is_compared_by_them_alone() -> None:
    whole, part = pairs(*[(0.0, 1.0)] * 40), pairs(*[(1.0, 0.0)] * 3)
    found = differences({"whole": whole, "part": part, "none": []}, b"seed")
    assert set(found) == {"whole", "part"}
    assert (found["part"].cases, found["part"].difference) == (3, -1.0)
    assert (found["part"].low, found["part"].high) == (-1.0, -1.0)
    assert differences({}, b"seed") == {}


def test_about_95_of_100_intervals_hold_the_truth() -> None:
    chance = random.Random(3)
    held = 0
    for number in range(300):
        drawn = [(chance.random(), min(1.0, chance.random() * 1.2)) for _ in range(30)]
        found = differences({"m": pairs(*drawn)}, str(number).encode())["m"]
        # the mean of min(1, 1.2 u) is 1/1.2 * 0.5 + (1 - 1/1.2) * 1
        held += found.low <= (0.5 / 1.2 + 1 - 1 / 1.2) - 0.5 <= found.high
    assert held >= 275


def test_the_largest_set_is_compared() -> None:
    chance = random.Random(1)
    largest = {f"m{number}": pairs(*((chance.random(), chance.random()) for _ in range(5_000))) for number in range(12)}
    found = differences(largest, b"seed")
    assert {one.cases for one in found.values()} == {5_000}
    assert all(one.high - one.low < 0.06 for one in found.values())
