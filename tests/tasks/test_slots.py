"""How places are shared out among lanes."""

from __future__ import annotations

from app.jobs.kinds import Lane
from tasks.worker.slots import Slots

INGEST, BULK, UPKEEP = Lane.INGEST, Lane.BULK, Lane.UPKEEP


def test_each_lane_keeps_a_place_and_the_rest_is_for_whoever_comes() -> None:
    slots = Slots(5)
    assert set(slots.open_to([])) == {INGEST, BULK, UPKEEP}
    assert set(slots.open_to([BULK, BULK])) == {INGEST, BULK, UPKEEP}
    assert set(slots.open_to([BULK, BULK, BULK])) == {INGEST, UPKEEP}
    assert set(slots.open_to([BULK, BULK, BULK, INGEST])) == {UPKEEP}
    assert slots.open_to([BULK, BULK, BULK, INGEST, UPKEEP]) == []


def test_a_single_place_goes_round() -> None:
    slots = Slots(1)
    begun = []
    for _ in range(6):
        lane = slots.open_to([])[0]
        slots.began(lane)
        begun.append(lane)
    assert begun == [INGEST, BULK, UPKEEP] * 2
    assert slots.open_to([INGEST]) == []
