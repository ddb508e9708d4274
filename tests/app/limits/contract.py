"""What every RateCounter must do."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from app.limits.ports import Allowance, RateCounter


@dataclass(slots=True)
class Hands:
    """A clock's hands, moved by the test."""

    seconds: float = 1_800_000_000.0  # the very beginning of a minute

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True, slots=True)
class Bench:
    """Two counters over one store, as two processes have them."""

    one: RateCounter
    other: RateCounter
    hands: Hands


def names(*limits: int) -> Sequence[Allowance]:
    """Allowances under names nobody else uses."""
    return [Allowance(f"name:{secrets.token_hex(6)}", limit) for limit in limits]


class RateCounterContract:
    """One suite, run on every counter."""

    async def test_as_many_as_the_limit_and_not_one_more(self, bench: Bench) -> None:
        mine = names(3)
        verdicts = [await bench.one.take(mine) for _ in range(5)]
        assert [verdict.allowed for verdict in verdicts] == [True, True, True, False, False]
        assert [verdict.remaining for verdict in verdicts] == [2, 1, 0, 0, 0]
        assert {verdict.limit for verdict in verdicts} == {3}
        assert verdicts[0].reset_seconds == 60

    async def test_two_processes_count_together(self, bench: Bench) -> None:
        mine = names(2)
        assert (await bench.one.take(mine)).allowed
        assert (await bench.other.take(mine)).allowed
        assert not (await bench.one.take(mine)).allowed
        assert not (await bench.other.take(mine)).allowed

    async def test_a_crowd_gets_exactly_the_limit(self, bench: Bench) -> None:
        mine = names(20, 1000)
        crowd = await asyncio.gather(*(side.take(mine) for side in (bench.one, bench.other) for _ in range(40)))
        assert sum(verdict.allowed for verdict in crowd) == 20

    async def test_what_one_allowance_refuses_is_counted_against_none(self, bench: Bench) -> None:
        tight, wide = names(1, 3)
        await bench.one.take([tight, wide])
        for _ in range(5):
            refused = await bench.one.take([tight, wide])
            assert (refused.allowed, refused.limit) == (False, 1)
        assert (await bench.one.take([wide])).remaining == 1

    async def test_the_minute_slides(self, bench: Bench) -> None:
        mine = names(4)
        for _ in range(4):
            await bench.one.take(mine)
            bench.hands.seconds += 10
        bench.hands.seconds += 20
        assert not (await bench.one.take(mine)).allowed
        bench.hands.seconds += 15
        assert (await bench.one.take(mine)).allowed
        assert not (await bench.one.take(mine)).allowed
        bench.hands.seconds += 120
        assert [(await bench.one.take(mine)).remaining for _ in range(2)] == [3, 2]

    async def test_a_minute_after_the_last_that_was_counted_all_of_it_is_there_again(self, bench: Bench) -> None:
        mine = names(3)
        bench.hands.seconds += 5
        for _ in range(3):
            await bench.one.take(mine)
        refused = await bench.other.take(mine)
        assert (refused.allowed, refused.reset_seconds) == (False, 60)
        bench.hands.seconds += 59
        assert not (await bench.other.take(mine)).allowed
        bench.hands.seconds += 1.5
        assert [(await bench.one.take(mine)).remaining for _ in range(3)] == [2, 1, 0]

    async def test_after_the_wait_it_named_there_is_room(self, bench: Bench) -> None:
        mine = names(7)
        for _ in range(7):
            await bench.one.take(mine)
            bench.hands.seconds += 5
        refused = await bench.one.take(mine)
        assert not refused.allowed
        bench.hands.seconds += refused.reset_seconds - 1
        assert not (await bench.one.take(mine)).allowed
        bench.hands.seconds += 1
        assert (await bench.one.take(mine)).allowed
