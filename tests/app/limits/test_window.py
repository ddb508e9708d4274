"""The arithmetic of the sliding minute, against a slow and obvious one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from app.limits.window import Standing, judge

HAIR = 1e-6  # what floating point may be off by
COUNTS = some.integers(0, 200)
INTO = some.one_of(some.integers(0, 59).map(float), some.floats(0, 59.999))


def used_at(standing: Standing, moment: float) -> float:
    """What is used `moment` seconds after the beginning of this minute if nothing more is counted."""
    if moment < 60:
        left = standing.before * (60 - moment) / 60 if moment < standing.last_before else 0
        return left + standing.current
    if moment < 120:
        return standing.current * (120 - moment) / 60 if moment < 60 + standing.last else 0
    return 0


@given(limit=some.integers(1, 100), before=COUNTS, current=COUNTS, into=INTO, lasts=some.tuples(INTO, INTO))
def test_the_wait_is_the_shortest_whole_one(
    limit: int, before: int, current: int, into: float, lasts: tuple[float, float]
) -> None:
    last = min(lasts[1], into)
    standing = Standing(limit, before, current, lasts[0], last)
    wait = standing.seconds_until_free(into)
    assert 0 <= wait <= max(60, 61 - into + last)
    assert used_at(standing, into + wait + HAIR) + 1 <= limit + HAIR
    if wait > 1:
        assert used_at(standing, into + wait - 1 - HAIR) + 1 > limit - HAIR
    fits_now = standing.used(into) + 1 <= limit
    assert (wait == 0) == fits_now


@given(
    standings=some.lists(some.builds(Standing, some.integers(1, 100), COUNTS, COUNTS), min_size=1, max_size=4),
    into=INTO,
)
def test_the_verdict_is_that_of_the_most_restrictive(standings: list[Standing], into: float) -> None:
    verdict = judge(standings, into)
    assert verdict.allowed == all(used_at(one, into) + 1 <= one.limit + HAIR for one in standings) or not all(
        used_at(one, into) + 1 <= one.limit - HAIR for one in standings
    )
    assert 0 <= verdict.remaining <= max(0, min(one.limit for one in standings))
    assert verdict.limit in {one.limit for one in standings}
    if not verdict.allowed:
        assert verdict.remaining == 0
        assert verdict.reset_seconds == max(one.seconds_until_free(into) for one in standings) > 0


@given(limit=some.integers(1, 50), steps=some.lists(some.floats(0, 40), min_size=1, max_size=120))
def test_no_calendar_minute_and_no_sliding_one_takes_much_more_than_the_limit(limit: int, steps: list[float]) -> None:
    now, taken = 0.0, list[float]()
    for step in steps:
        now += step
        minute, into = now // 60, now % 60
        before = sum(1 for moment in taken if moment // 60 == minute - 1)
        current = sum(1 for moment in taken if moment // 60 == minute)
        if judge([Standing(limit, before, current)], into).allowed:
            taken.append(now)
    for start in taken:
        assert sum(1 for moment in taken if start <= moment < start + 60) < 2 * limit
        assert sum(1 for moment in taken if moment // 60 == start // 60) <= limit
