"""Nobody waits for somebody else's slow work."""

from __future__ import annotations

import asyncio
import time

import httpx

from tests.app.http.trials import entered, leave
from tests.world.platform import Running


async def test_a_slow_job_on_a_thread_does_not_delay_a_parallel_health_check(
    trier: httpx.AsyncClient, trying: Running
) -> None:
    async with trying.client() as watcher:
        await watcher.get("/health")
        slow = asyncio.create_task(trier.get("/v1/trials/slow"))
        await entered.wait()
        waits = []
        while not slow.done():
            started = time.perf_counter()
            assert (await watcher.get("/health")).status_code == 200
            waits.append(time.perf_counter() - started)
        assert (await slow).status_code == 200
    assert len(waits) > 5
    assert sorted(waits)[len(waits) // 2] < 0.2
    assert max(waits) < 0.7


async def test_a_change_that_takes_its_time_delays_no_reader_and_no_health_check(
    trier: httpx.AsyncClient, trying: Running
) -> None:
    slow = asyncio.create_task(trier.post("/v1/trials", json={"name": "slow"}))
    await entered.wait()
    async with trying.client() as watcher, asyncio.timeout(5):
        for path in ("/health", "/health/ready", "/metrics"):
            assert (await watcher.get(path)).status_code == 200
        assert (await trier.get("/v1/trials")).json()["data"] == []
        assert (await trier.get("/v1/me")).status_code == 200
    leave.set()
    assert (await slow).status_code == 201
