"""The second door, worker: does jobs in the event loop of a server, several at a time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.wiring import Platform
from tasks.jobs.deeds import Deeds
from tasks.worker.bench import Bench, Pace
from tasks.worker.rounds import Round, making_rounds
from tasks.worker.slots import Slots

_GATHERING = 0.01  # seconds beside other work in which more jobs may end: those after them are taken together

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
            began = await _begin(bench, slots, bell)
        except SQLAlchemyError as error:
            log.warning("jobs_unreadable", error=type(error).__name__)
            began = False
        if not began:
            await _pause(bench.pace.poll, bell)
        if bench.lanes:
            await asyncio.sleep(_GATHERING)


async def _begin(bench: Bench, slots: Slots, bell: asyncio.Event) -> bool:
    lanes = slots.open_to(bench.lanes)
    begun = await bench.begin_some(lanes) if lanes else ()
    for task in begun:
        task.add_done_callback(lambda _: bell.set())
    if begun:
        slots.began(bench.lanes[-1])
    return bool(begun)


async def _pause(seconds: float, bell: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds * random.uniform(0.8, 1.2)):  # noqa: S311 - processes do not look in step
            await bell.wait()
    except TimeoutError:
        return
