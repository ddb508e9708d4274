"""However many runs ask a host, it is asked by one of them at a time and no more often than it wants."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from app.ids import new_id
from app.limits.ports import Allowance, Verdict
from app.limits.sql import SqlRateCounter, open_counters
from indexing.crawls.hosts import Hosts
from indexing.crawls.politeness import Politeness
from indexing.crawls.rests import KEPT, Rest, StoredRests, forget_rests
from tests.world.patience import until
from tests.world.platform import Running

HOST, OTHER = "https://one.example", "https://two.example"
DELAY = 0.05


@dataclass(slots=True)
class Times:
    """When a host was asked, and whether by two at once."""

    began: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)

    async def ask(self) -> None:
        """Take a little while."""
        self.began.append(time.monotonic())
        await asyncio.sleep(0.01)
        self.ended.append(time.monotonic())

    @property
    def rests(self) -> list[float]:
        """How long nobody asked, between each two."""
        return [began - ended for began, ended in zip(self.began[1:], self.ended[:-1], strict=True)]


async def asked(politeness: Politeness, times: Times, number: int, delay: float | None = None) -> None:
    for _ in range(number):
        async with politeness.turn(HOST, delay):
            await times.ask()


async def test_two_runs_share_the_turns_of_a_host() -> None:
    hosts, times = Hosts(), Times()
    await asyncio.gather(*(asked(Politeness(hosts, DELAY), times, 4) for _ in range(2)))
    assert len(times.began) == 8
    assert min(times.rests) >= DELAY


async def test_a_run_that_comes_after_another_waits_as_that_would_have() -> None:
    hosts, times = Hosts(), Times()
    await asked(Politeness(hosts, DELAY), times, 1, delay=0.3)
    await asked(Politeness(hosts, DELAY), times, 1)
    assert min(times.rests) >= 0.3


async def test_runs_have_their_turns_one_after_the_other() -> None:
    hosts, order, gate = Hosts(), list[int](), asyncio.Event()

    async def run(number: int) -> None:
        for _ in range(3):
            async with hosts.turn(HOST, 0):
                await gate.wait()
                order.append(number)

    running = [asyncio.create_task(run(number)) for number in range(2)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*running)
    assert order == [0, 1, 0, 1, 0, 1]


async def test_a_rest_is_given_by_all() -> None:
    hosts, times = Hosts(), Times()
    one, other = Politeness(hosts, 0), Politeness(hosts, 0)
    await asked(one, times, 1)
    assert await one.asked_for_rest(HOST, 1, 0.3)
    await asked(other, times, 2)
    first, second = times.rests
    assert first >= 0.3
    assert second >= 0.1, "and it is asked more seldom from then on"


async def test_a_host_one_run_leaves_alone_is_left_by_that_run() -> None:
    hosts = Hosts()
    one, other = Politeness(hosts, 0), Politeness(hosts, 0)
    assert not await one.asked_for_rest(HOST, 1, 86400)
    assert (one.is_left(HOST), other.is_left(HOST)) == (True, False)


async def test_who_is_led_to_a_host_waits_too() -> None:
    hosts, times = Hosts(), Times()

    async def led() -> None:
        await Politeness(hosts, DELAY).pause(HOST, 0.1)
        times.began.append(time.monotonic())
        times.ended.append(times.began[-1])

    await asked(Politeness(hosts, DELAY), times, 1)
    await asyncio.gather(*(led() for _ in range(3)))
    assert min(times.rests) >= DELAY
    assert min(times.rests[1:]) >= 0.099


async def test_other_hosts_are_not_waited_for() -> None:
    hosts = Hosts()
    async with hosts.turn(HOST, 60), hosts.turn(OTHER, 60):
        pass


async def test_who_is_called_off_while_waiting_leaves_the_turn_to_others() -> None:
    hosts, gate, had = Hosts(), asyncio.Event(), list[int]()

    async def run(number: int) -> None:
        async with hosts.turn(HOST, 0):
            had.append(number)
            await gate.wait()

    first, second, third = (asyncio.create_task(run(number)) for number in range(3))
    await until(lambda: had)
    second.cancel()
    await asyncio.wait([second])
    gate.set()
    await asyncio.gather(first, third)
    assert had == [0, 2]


async def test_hosts_nobody_has_asked_for_long_are_forgotten() -> None:
    hosts = Hosts(lasting=0)
    async with hosts.turn(HOST, 60):
        for number in range(3000):
            async with hosts.turn(f"https://{number}.example", 0):
                pass
        assert len(hosts) <= 1025
        assert HOST in hosts


@dataclass(slots=True)
class Counting:
    """A counter for all processes, in a minute that does not go by; and what it said."""

    counter: SqlRateCounter
    said: list[bool] = field(default_factory=list)

    async def take(self, allowances: Sequence[Allowance]) -> Verdict:
        """Count one."""
        verdict = await self.counter.take(allowances)
        self.said.append(verdict.allowed)
        return verdict

    async def aclose(self) -> None:
        """Count no more."""
        await self.counter.aclose()


@pytest.fixture
async def counting(tmp_path: Path) -> AsyncIterator[Counting]:
    made = Counting(SqlRateCounter(open_counters(tmp_path), seconds=lambda: 6e7))
    yield made
    await made.aclose()


@dataclass(slots=True)
class Clock:
    """What all processes see on the wall."""

    now: float

    def __call__(self) -> float:
        """Look."""
        return self.now


async def test_of_all_processes_one_asks_in_each_turn(counting: Counting) -> None:
    clock, had = Clock(1000.49), list[int]()

    async def process(number: int) -> None:
        async with Hosts(counting, seconds=clock).turn(HOST, 0.5):
            had.append(number)

    running = [asyncio.create_task(process(number)) for number in range(3)]
    for turn in (1, 2):
        asked = len(counting.said)
        await until(lambda: len(had) >= turn and len(counting.said) > asked + 5)  # noqa: B023 - at once
        assert len(had) == turn
        clock.now += 0.5
    await asyncio.gather(*running)
    assert sorted(had) == [0, 1, 2]


async def test_processes_count_the_requests_of_a_minute_together(counting: Counting) -> None:
    had = list[int]()

    async def process(number: int) -> None:  # each sees a turn of its own
        async with Hosts(counting, seconds=Clock(30 * number + 29.99)).turn(HOST, 30):
            had.append(number)

    running = [asyncio.create_task(process(number)) for number in range(5)]
    await until(lambda: len(counting.said) > 8)
    assert len(had) == 3, "two a minute, and one for where minutes meet"
    for task in running:
        task.cancel()
    await asyncio.wait(running)
    assert len(had) == 3


async def test_who_asks_as_often_as_they_may_is_never_held_up_by_the_count(counting: Counting) -> None:
    hosts = Hosts(counting)
    for _ in range(20):
        async with hosts.turn(HOST, 0.001):
            pass
    assert all(counting.said)


async def test_where_nothing_is_to_be_waited_for_nothing_is_counted(counting: Counting) -> None:
    async with Hosts(counting).turn(HOST, 0):
        pass
    assert counting.said == []


@pytest.fixture
def told(running: Running) -> StoredRests:
    return StoredRests(running.platform.writer, running.platform.database.looks)


@pytest.fixture
def host() -> str:
    """A host that nobody else has asked."""
    return f"https://{new_id('host')}.example"


async def test_a_rest_one_process_is_asked_for_the_others_give_too(told: StoredRests, host: str) -> None:
    one, other, times = Hosts(told=told), Hosts(told=told), list[float]()
    began = time.monotonic()
    await one.rests(host, 0.4, 0)
    for _ in range(2):
        async with other.turn(host, 0):
            times.append(time.monotonic() - began)
    assert times[0] >= 0.4
    assert times[1] - times[0] >= 0.1, "and it is asked more seldom from then on"


async def test_who_is_at_a_host_hears_within_a_second_that_it_asked_another_for_a_rest(
    told: StoredRests, host: str
) -> None:
    one, other, times = Hosts(told=told), Hosts(told=told), list[float]()
    async with other.turn(host, 0):
        began = time.monotonic()
    await one.rests(host, 2.5, 0)
    while not times or times[-1] < 2.5:
        async with other.turn(host, 0):
            times.append(time.monotonic() - began)
        await asyncio.sleep(0.05)
    assert [at for at in times if 1.1 < at < 2.5] == []


async def test_of_two_rests_the_longer_one_holds(told: StoredRests, host: str) -> None:
    for rest in (Rest(2e9, 0.5), Rest(1e9, 2.0), Rest(15e8, 0.1)):
        await told.tell(host, rest)
    assert await told.of(host) == Rest(2e9, 2.0)
    assert await told.of(f"{host}:8443") is None


async def test_what_was_over_long_ago_is_forgotten(running: Running, told: StoredRests, host: str) -> None:
    now, other = running.platform.clock.now(), f"{host}:8443"
    await told.tell(host, Rest((now - KEPT - timedelta(minutes=1)).timestamp(), 0.5))
    await told.tell(other, Rest((now - KEPT + timedelta(minutes=1)).timestamp(), 0.5))
    assert await running.platform.writer.write(lambda writing: forget_rests(writing.on, now)) >= 1
    assert (await told.of(host) is None, await told.of(other) is None) == (True, False)
