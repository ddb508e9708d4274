"""Random worlds: the evaluation and the oracle agree on everybody, everything and every deed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from acl.decision import Rule
from tests.acl.facing import Tally, compare
from tests.acl.worlds import TAPES, world_from

WORLDS, WORLDS_NIGHTLY = 500, 10_000


def compare_worlds(number: int, **how: Any) -> Tally:
    """Compare in so many worlds."""
    tally = Tally()

    @settings(max_examples=number, deadline=None, database=None, suppress_health_check=list(HealthCheck), **how)
    @given(TAPES)
    def agree(tape: bytes) -> None:
        compare(world_from(tape), tally)

    agree()
    return tally


def test_the_evaluation_and_the_oracle_agree_in_500_worlds() -> None:
    tally = compare_worlds(WORLDS, derandomize=True)
    assert tally.worlds >= WORLDS
    assert tally.decisions > 200_000
    assert min(tally.rules[rule] for rule in Rule) > 100, tally  # every rule had its say


@pytest.mark.nightly
def test_the_evaluation_and_the_oracle_agree_in_10_000_worlds(capsys: pytest.CaptureFixture[str]) -> None:
    tally = compare_worlds(WORLDS_NIGHTLY, print_blob=True)
    with capsys.disabled():
        print(f"\n{tally}")  # noqa: T201 - the figures are what a nightly run is read for
    assert tally.worlds >= WORLDS_NIGHTLY
