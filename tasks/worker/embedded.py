"""The second door, worker: does jobs in the event loop of a server, several at a time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.wiring import Platform
from tasks.jobs.deeds import Deeds
from tasks.worker.bench import Bench, Pace
from tasks.worker.rounds import Round, making_rounds
from tasks.worker.slots import Slots

_GATHERING = 0.01  # seconds beside other work in which more jobs may end: those after them are taken together
_LONGER = 0.2  # where more wait than there are places, until a quarter of those in hand have ended

log = structlog.get_logger("jobs")


@asynccontextmanager
async def working(
    platform: Platform, deeds: Deeds, *, rounds: Sequence[Round] = (), pace: Pace | None = None
) -> AsyncIterator[None]:
    """Do due jobs until the block ends, where this process is one that does; what is under way is then given back."""
    async with making_rounds(platform, rounds):
        bell = platform.jobs.bell
        if bell is None or not deeds:
            yield
            return
        bench = Bench(platform, deeds, pace)
        task = asyncio.get_running_loop().create_task(_work(bench, Slots(platform.settings.job_slots), bell))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            await bench.aclose()


async def _work(bench: Bench, slots: Slots, bell: asyncio.Event) -> None:
    while True:
        bell.clear()
        try:
            began, more = await _begin(bench, slots, bell)
        except SQLAlchemyError as error:
            log.warning("jobs_unreadable", error=type(error).__name__)
            began, more = False, False
        if not began:
            await _pause(bench.pace.poll, bell)
        if more:
            await _some_ended(bench, bell)
        elif bench.lanes:
            await asyncio.sleep(_GATHERING)


async def _some_ended(bench: Bench, bell: asyncio.Event) -> None:
    """Taking jobs costs about the same for one as for some, so it is not done for each that ends."""
    few = len(bench.lanes) * 3 // 4
    with suppress(TimeoutError):
        async with asyncio.timeout(_LONGER):
            while len(bench.lanes) > few:
                bell.clear()
                await bell.wait()


async def _begin(bench: Bench, slots: Slots, bell: asyncio.Event) -> tuple[bool, bool]:
    """Take what there is a place for; says whether there was anything, and whether there may be more of it."""
    lanes = slots.open_to(bench.lanes)
    begun = await bench.begin_some(lanes) if lanes else ()
    for task in begun:
        task.add_done_callback(lambda _: bell.set())
    if not begun:
        return False, False
    lane = bench.lanes[-1]
    slots.began(lane)
    return True, len(begun) >= lanes.get(lane, 0)


async def _pause(seconds: float, bell: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds * random.uniform(0.8, 1.2)):  # noqa: S311 - processes do not look in step
            await bell.wait()
    except TimeoutError:
        return
