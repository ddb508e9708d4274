"""Ground floor, telemetry: whether the event loop comes to things when they are due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import Histogram

from app.telemetry.metrics import LOOP_DELAY

# Often enough that no stall of 0.1 s goes by nearly unseen; fifty wakings cost a thousandth of a core.
EVERY_SECONDS = 0.02


@asynccontextmanager
async def punctuality_watched(delays: Histogram = LOOP_DELAY) -> AsyncIterator[None]:
    """Measure, until the block ends, how late this process's loop is."""
    watching = asyncio.create_task(_watch(delays))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(delays: Histogram) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        delays.observe(max(loop.time() - due, 0.0))
