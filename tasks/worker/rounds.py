"""The second door, worker: what is looked after by the clock in every process; doing so twice is harmless."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from app.wiring import Platform

log = structlog.get_logger("jobs")


@dataclass(frozen=True, slots=True)
class Round:
    """Something done at the start and again and again after it."""

    name: str
    seconds: float
    deed: Callable[[Platform], Awaitable[object]]


@asynccontextmanager
async def making_rounds(platform: Platform, rounds: Sequence[Round]) -> AsyncIterator[None]:
    """Make some rounds until the block ends."""
    tasks = [asyncio.create_task(_make(platform, one)) for one in rounds]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def _make(platform: Platform, one: Round) -> None:
    while True:
        try:
            await one.deed(platform)
        except Exception as error:
            log.warning("round_failed", round=one.name, exc_info=error)
        await asyncio.sleep(one.seconds)
