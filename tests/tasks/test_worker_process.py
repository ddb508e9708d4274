"""A process that a broker tells to work has one event loop and one platform, from whichever thread it is told."""

from __future__ import annotations

import asyncio
import threading

from app.clock import SystemClock
from app.jobs.kinds import LANE_OF, JobKind, Lane
from app.jobs.work import Held
from app.wiring import Platform
from tasks.jobs.deeds import Deed
from tasks.worker.bench import Pace
from tasks.worker.process import WorkerProcess
from tests.app.jobs.desk import Desk

ONE_OF_EACH = (
    JobKind.INGEST_DOCUMENT,
    JobKind.RECHUNK_COLLECTION,
    JobKind.CRAWL_WEBSITE,
    JobKind.RUN_EVALUATION,
    JobKind.ERASE_DOCUMENT,
)


async def test_whoever_tells_it_to_work_there_is_one_loop_and_one_platform(mine: Desk) -> None:
    loops, platforms, threads = set[int](), set[int](), set[int]()

    async def note(platform: Platform, _held: Held) -> None:
        loops.add(id(asyncio.get_running_loop()))
        platforms.add(id(platform))
        threads.add(threading.get_ident())

    mine.clock.moment = SystemClock().now()
    for number in range(4):
        for kind in ONE_OF_EACH:
            await mine.ask(f"{kind} {number}", kind=kind)
    worker = WorkerProcess(mine.running.settings, {kind: Deed(note) for kind in JobKind}, pace=Pace(poll=0.1))
    try:
        lanes = {LANE_OF[kind] for kind in ONE_OF_EACH}
        assert lanes == set(Lane)
        for _ in range(2):  # all at once, from threads of their own, and again when it is open
            await asyncio.gather(*(asyncio.to_thread(worker.work, lane) for lane in lanes for _ in range(3)))
    finally:
        worker.stop()
        await asyncio.to_thread(worker.join, 60)
    assert {row.state for row in await mine.rows()} == {"done"}
    assert (len(loops), len(platforms), len(threads)) == (1, 1, 1)
    assert threading.get_ident() not in threads
