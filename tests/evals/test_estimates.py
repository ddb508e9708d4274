"""Intervals hold what they promise, also where few cases are all alike; chance is the same for the same seed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.estimates import Estimate, blocks, draws, mean, quantile, share

scores = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def given_estimate(values: list[float]) -> Estimate:
    found = share(values)
    assert found is not None
    return found


def test_yes_or_no_answers_have_wilsons_interval() -> None:
    """Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20 and 1 of 29."""
    for right, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = given_estimate([1.0] * right + [0.0] * (n - right))
        assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)
        assert (found.n, found.value) == (n, right / n)


def test_a_few_that_are_all_right_do_not_say_that_all_others_will_be() -> None:
    assert given_estimate([1.0] * 20).low == pytest.approx(20 / (20 + 1.959964**2))
    alike = given_estimate([0.5] * 20)
    assert [alike.low, alike.high] == pytest.approx([0.45, 0.55], abs=0.01)


@given(scores)
def test_an_interval_is_within_bounds_around_its_mean(values: list[float]) -> None:
    found = given_estimate(values)
    assert 0 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1
    assert found.value == pytest.approx(sum(values) / len(values))


@given(scores)
def test_more_of_the_same_says_more(values: list[float]) -> None:
    once, often = given_estimate(values), given_estimate(values * 4)
    assert often.high - often.low < once.high - once.low


SCATTERED = {
    "yes or no": lambda chance, n: (chance.random(n) < 0.8).astype(float),
    "evenly": lambda chance, n: chance.random(n),
    "mostly right": lambda chance, n: chance.beta(8, 1, n),
    "a third nothing": lambda chance, n: chance.random(n) * (chance.random(n) > 1 / 3),
    "reciprocal ranks": lambda chance, n: 1 / chance.integers(1, 5, n),
}
MEANS = {"yes or no": 0.8, "evenly": 0.5, "mostly right": 8 / 9, "a third nothing": 1 / 3, "reciprocal ranks": 25 / 48}


@pytest.mark.parametrize("kind", list(SCATTERED))
@pytest.mark.parametrize("n", [8, 20, 60])
def test_about_95_of_100_intervals_hold_the_truth(kind: str, n: int) -> None:
    chance = np.random.default_rng(n)
    held = sum(
        (found := given_estimate(SCATTERED[kind](chance, n).tolist())).low <= MEANS[kind] <= found.high
        for _ in range(1_000)
    )
    assert held >= 930


def test_quantities_are_drawn_anew_the_same_way_each_time() -> None:
    taken = [float(number) for number in np.random.default_rng(1).gamma(2, 400, 50)]
    found = mean(taken, b"a run")
    assert found == mean(list(reversed(taken)), b"a run")
    assert found != mean(taken, b"another")
    assert found is not None
    assert found.low < sum(taken) / 50 < found.high
    # as far apart as the theory of large numbers has it, about
    half = 1.96 * float(np.std(taken)) / math.sqrt(50)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.1)
    slow = quantile(taken, 0.95, b"a run")
    assert slow is not None
    assert slow.value == pytest.approx(float(np.quantile(taken, 0.95)))
    assert slow.low <= slow.value <= slow.high


def test_nothing_says_nothing() -> None:
    assert share([]) is mean([], b"") is quantile([], 0.5, b"") is None


@pytest.mark.parametrize("count", [1, 20, 5_000, 100_000])
def test_drawing_takes_little_memory_however_many_there_are(count: int) -> None:
    parts = blocks(count)
    assert sum(parts) == draws(count) >= 1_000
    assert max(parts) * count <= max(250_000, count)
