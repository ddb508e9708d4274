"""A backend that keeps failing is rested, and tried again by one call at a time."""

from __future__ import annotations

from app.inference.breaker import FAILURES_TO_OPEN, REST_SECONDS, Breakers


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def broken(seconds: Seconds) -> Breakers:
    breakers = Breakers(seconds)
    for _ in range(FAILURES_TO_OPEN):
        breakers.failed("b")
    return breakers


def test_a_few_failures_close_nothing() -> None:
    breakers = Breakers(Seconds())
    for _ in range(FAILURES_TO_OPEN - 1):
        breakers.failed("b")
    assert breakers.lets_through("b")


def test_failures_in_a_row_rest_a_backend_and_only_that_one() -> None:
    breakers = broken(Seconds())
    assert not breakers.lets_through("b")
    assert breakers.lets_through("another")
    assert breakers.open_circuits() == {"b"}


def test_after_its_rest_one_call_probes_and_the_others_wait() -> None:
    seconds = Seconds()
    breakers = broken(seconds)
    seconds.now = REST_SECONDS + 1
    assert breakers.lets_through("b")
    assert not breakers.lets_through("b")


def test_a_probe_that_succeeds_closes_the_circuit() -> None:
    seconds = Seconds()
    breakers = broken(seconds)
    seconds.now = REST_SECONDS + 1
    assert breakers.lets_through("b")
    breakers.succeeded("b")
    assert breakers.lets_through("b")
    assert breakers.open_circuits() == frozenset()


def test_a_probe_that_fails_rests_the_backend_twice_as_long() -> None:
    seconds = Seconds()
    breakers = broken(seconds)
    seconds.now = REST_SECONDS + 1
    assert breakers.lets_through("b")
    breakers.failed("b")
    seconds.now += REST_SECONDS + 1
    assert not breakers.lets_through("b")
    seconds.now += REST_SECONDS
    assert breakers.lets_through("b")


def test_a_probe_whose_caller_went_away_leaves_the_place_to_the_next() -> None:
    seconds = Seconds()
    breakers = broken(seconds)
    seconds.now = REST_SECONDS + 1
    assert breakers.lets_through("b")
    breakers.let_go("b")
    assert breakers.lets_through("b")
