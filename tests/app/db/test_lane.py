"""A lane answers those who ask at the same moment together, freshly, and never leaves anybody waiting for ever."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from sqlalchemy.exc import OperationalError

from app.db import lane as lanes
from app.db.lane import Lane
from app.errors import Unavailable
from tests.world.patience import PATIENCE, until


class Bench:
    """Work that can be held up, and remembers the batches it was given."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = threading.Event()
        self.go.set()
        self.fails: Callable[[Sequence[int]], Exception | None] = lambda _: None

    def work(self, questions: Sequence[int]) -> list[int]:
        self.batches.append(list(questions))
        assert self.go.wait(PATIENCE)
        fault = self.fails(questions)
        if fault is not None:
            raise fault
        return [question * 10 for question in questions]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
async def lane(bench: Bench) -> Lane[int, int]:
    return Lane("test", bench.work)


async def asked(lane: Lane[int, int], *questions: int) -> list[asyncio.Task[int]]:
    """Ask, and let the questions arrive."""
    tasks = [asyncio.create_task(lane.ask(question)) for question in questions]
    await asyncio.sleep(0)
    return tasks


async def test_those_who_come_while_it_works_are_answered_together(bench: Bench, lane: Lane[int, int]) -> None:
    bench.go.clear()
    tasks = await asked(lane, 1) + await asked(lane, 2, 3, 4)
    bench.go.set()
    assert await asyncio.gather(*tasks) == [10, 20, 30, 40]
    assert bench.batches == [[1], [2, 3, 4]]
    lane.close()


async def test_many_answers_leave_others_their_turn(bench: Bench, lane: Lane[int, int]) -> None:
    bench.go.clear()
    tasks = await asked(lane, 0) + await asked(lane, *range(1, 101))
    bench.go.set()
    answered = [0]
    while answered[-1] < len(tasks):
        await asyncio.sleep(0)  # a turn of the loop
        answered.append(sum(task.done() for task in tasks))
    assert bench.batches == [[0], list(range(1, 101))]
    assert max(now - before for before, now in pairwise(answered)) == 16
    assert [task.result() for task in tasks] == [number * 10 for number in range(101)]
    lane.close()


async def test_an_answer_comes_from_work_that_began_after_the_question(bench: Bench) -> None:
    state, held, begun = ["old"], threading.Event(), threading.Event()

    def read(questions: Sequence[int]) -> list[str]:
        seen = state[0]
        begun.set()
        assert held.wait(PATIENCE)
        return [seen] * len(questions)

    lane: Lane[int, str] = Lane("fresh", read)
    early = asyncio.create_task(lane.ask(1))
    await until(begun.is_set)
    state[0] = "new"  # a write that is done before the next question is asked
    late = asyncio.create_task(lane.ask(2))
    await asyncio.sleep(0)
    held.set()
    assert [await early, await late] == ["old", "new"]
    lane.close()


async def test_a_bad_question_costs_only_itself_its_answer(bench: Bench, lane: Lane[int, int]) -> None:
    bench.fails = lambda questions: ValueError("bad") if 3 in questions else None
    bench.go.clear()
    tasks = await asked(lane, 1) + await asked(lane, 2, 3, 4)
    bench.go.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(answer) for answer in answers] == ["10", "20", "bad", "40"]
    assert await lane.ask(5) == 50
    lane.close()


async def test_a_database_that_is_away_is_asked_once_for_all(bench: Bench, lane: Lane[int, int]) -> None:
    bench.fails = lambda _: OperationalError("SELECT", {}, Exception(2003, "no connection"))
    bench.go.clear()
    tasks = await asked(lane, 1) + await asked(lane, 2, 3, 4)
    bench.go.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(answer, OperationalError) for answer in answers)
    assert len(bench.batches) == 2
    lane.close()


async def test_work_that_lost_a_deadlock_is_done_again(bench: Bench, lane: Lane[int, int]) -> None:
    lost = iter([OperationalError("UPDATE", {}, Exception(1213, "deadlock"))])
    bench.fails = lambda _: next(lost, None)
    assert await lane.ask(1) == 10
    assert bench.batches == [[1], [1]]
    lane.close()


async def test_work_that_answers_too_few_is_a_fault_not_a_wait(lane: Lane[int, int]) -> None:
    short: Lane[int, int] = Lane("short", lambda _: [])
    with pytest.raises(ValueError, match="zip"):
        await asyncio.wait_for(short.ask(1), PATIENCE)
    short.close()
    lane.close()


async def test_who_gives_up_waiting_takes_nobody_along(bench: Bench, lane: Lane[int, int]) -> None:
    bench.go.clear()
    first, second, third, fourth = await asked(lane, 1, 2, 3, 4)
    first.cancel()
    third.cancel()
    await asyncio.sleep(0)
    bench.go.set()
    assert [await second, await fourth] == [20, 40]
    assert first.cancelled()
    assert third.cancelled()
    assert bench.batches == [[1], [2, 4]]
    lane.close()


async def test_all_who_wait_may_give_up(bench: Bench, lane: Lane[int, int]) -> None:
    bench.go.clear()
    tasks = await asked(lane, 1, 2, 3)
    for task in tasks:
        task.cancel()
    await asyncio.sleep(0)
    bench.go.set()
    assert await lane.ask(4) == 40
    lane.close()


async def test_too_many_waiting_is_said_at_once(bench: Bench, lane: Lane[int, int]) -> None:
    bench.go.clear()
    tasks = await asked(lane, *range(lanes.MOST_WAITING + 1))
    with pytest.raises(Unavailable) as refusal:
        await lane.ask(-1)
    assert refusal.value.retry_after == 1
    bench.go.set()
    assert len(await asyncio.gather(*tasks)) == lanes.MOST_WAITING + 1
    lane.close()


async def test_closing_finishes_what_runs_and_tells_who_waits(bench: Bench, lane: Lane[int, int]) -> None:
    bench.go.clear()
    running, waiting = await asked(lane, 1, 2)

    def go_once_it_closes() -> None:
        while not lane._closed:
            time.sleep(0.001)
        bench.go.set()

    threading.Thread(target=go_once_it_closes).start()
    lane.close()
    assert await asyncio.wait_for(running, PATIENCE) == 10
    with pytest.raises(Unavailable):
        await asyncio.wait_for(waiting, PATIENCE)
    with pytest.raises(Unavailable):
        await lane.ask(3)


async def test_closing_twice_is_harmless(lane: Lane[int, int]) -> None:
    lane.close()
    lane.close()
