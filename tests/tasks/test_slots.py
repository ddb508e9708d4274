"""How places are shared out among lanes."""

from __future__ import annotations

from app.jobs.kinds import Lane
from tasks.worker.slots import Slots

INGEST, BULK, CRAWL, EVALS, UPKEEP = Lane.INGEST, Lane.BULK, Lane.CRAWL, Lane.EVALS, Lane.UPKEEP


def test_each_lane_keeps_a_place_and_the_rest_is_for_whoever_comes() -> None:
    slots = Slots(7)
    assert slots.open_to([]) == {INGEST: 3, BULK: 3, CRAWL: 3, EVALS: 3, UPKEEP: 3}
    assert slots.open_to([BULK, BULK]) == {INGEST: 2, BULK: 1, CRAWL: 2, EVALS: 2, UPKEEP: 2}
    assert slots.open_to([BULK, BULK, BULK]) == {INGEST: 1, CRAWL: 1, EVALS: 1, UPKEEP: 1}
    assert slots.open_to([BULK, BULK, BULK, INGEST]) == {CRAWL: 1, EVALS: 1, UPKEEP: 1}
    assert slots.open_to([BULK, BULK, BULK, INGEST, CRAWL, EVALS]) == {UPKEEP: 1}
    assert slots.open_to([BULK, BULK, BULK, INGEST, CRAWL, EVALS, UPKEEP]) == {}


def test_a_single_place_goes_round() -> None:
    slots = Slots(1)
    begun = []
    for _ in range(10):
        lane = next(iter(slots.open_to([])))
        slots.began(lane)
        begun.append(lane)
    assert begun == [INGEST, BULK, CRAWL, EVALS, UPKEEP] * 2
    assert slots.open_to([INGEST]) == {}
