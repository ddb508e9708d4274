"""Whether the event loop comes to things when they are due."""

from __future__ import annotations

import asyncio
import time

from prometheus_client import CollectorRegistry, Histogram

from app.telemetry.punctuality import punctuality_watched
from tests.world.patience import until


def delays() -> tuple[Histogram, CollectorRegistry]:
    registry = CollectorRegistry()
    return Histogram("delay", "Of a loop of our own.", registry=registry, buckets=(0.1, 60)), registry


def looks(registry: CollectorRegistry, up_to: str = "+Inf") -> float:
    return registry.get_sample_value("delay_bucket", {"le": up_to}) or 0


async def test_a_call_that_keeps_the_loop_is_seen() -> None:
    histogram, registry = delays()
    async with punctuality_watched(histogram):
        await asyncio.sleep(0)  # it has begun to wait
        time.sleep(0.3)  # noqa: ASYNC251 - what nobody should ever do
        await until(lambda: looks(registry) > 0)
    assert looks(registry) > looks(registry, "0.1")


async def test_nothing_is_measured_after_the_block() -> None:
    histogram, registry = delays()
    async with punctuality_watched(histogram):
        await until(lambda: looks(registry) > 0)
    measured = looks(registry)
    await asyncio.sleep(0.1)
    assert looks(registry) == measured
