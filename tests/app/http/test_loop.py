"""Nobody waits for somebody else's slow work."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.app.http.trials import entered, finish, leave
from tests.world.patience import PATIENCE
from tests.world.platform import Running


async def test_a_slow_job_on_a_thread_does_not_delay_a_parallel_health_check(
    trier: httpx.AsyncClient, trying: Running
) -> None:
    async with trying.client() as watcher:
        await watcher.get("/health")
        slow = asyncio.create_task(trier.get("/v1/trials/slow"))
        await entered.wait()
        for _ in range(10):
            assert (await watcher.get("/health")).status_code == 200
        assert not slow.done()
        finish.set()
        assert (await slow).status_code == 200


async def test_a_change_that_takes_its_time_delays_no_reader_and_no_health_check(
    trier: httpx.AsyncClient, trying: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.http.routes.health.TIMEOUT_SECONDS", PATIENCE)
    slow = asyncio.create_task(trier.post("/v1/trials", json={"name": "slow"}))
    await entered.wait()
    async with trying.client() as watcher, asyncio.timeout(PATIENCE):
        for path in ("/health", "/health/ready", "/metrics"):
            assert (await watcher.get(path)).status_code == 200
        assert (await trier.get("/v1/trials")).json()["data"] == []
        assert (await trier.get("/v1/me")).status_code == 200
    leave.set()
    assert (await slow).status_code == 201
