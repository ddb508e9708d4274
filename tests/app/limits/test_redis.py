"""The counter over Redis, and what happens without Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.limits import redis as counting
from app.limits.redis import RedisRateCounter, open_redis
from app.limits.sql import SqlRateCounter, open_counters
from app.telemetry.health import State
from tests.app.limits.contract import Bench, Hands, RateCounterContract, names
from tests.world.patience import PATIENCE
from tests.world.people import organisation
from tests.world.platform import fresh
from tests.world.redis import RedisServer, needs_redis, redis_server

pytestmark = needs_redis


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    """One server for all that leave it running."""
    async with redis_server(tmp_path_factory.mktemp("redis")) as made:
        yield made


def _counter(server: RedisServer, folder: Path, hands: Hands) -> RedisRateCounter:
    return RedisRateCounter(
        open_redis(server.url, timeout=PATIENCE), SqlRateCounter(open_counters(folder), hands), hands
    )


class TestRedis(RateCounterContract):
    @pytest.fixture
    async def bench(self, server: RedisServer, tmp_path: Path) -> AsyncIterator[Bench]:
        """Two clients of one server."""
        hands = Hands()
        one, other = (_counter(server, tmp_path, hands) for _ in range(2))
        yield Bench(one, other, hands)
        await one.aclose()
        await other.aclose()


async def test_counts_are_forgotten_by_themselves(server: RedisServer, tmp_path: Path) -> None:
    counter = _counter(server, tmp_path, Hands())
    (mine,) = names(5)
    await counter.take([mine])
    client = open_redis(server.url, timeout=PATIENCE)
    (key,) = await client.keys(f"*{mine.name}*")
    assert 60 < await client.ttl(key) <= 120
    await client.aclose()
    await counter.aclose()


async def test_without_redis_limits_still_hold_and_nobody_waits(tmp_path: Path) -> None:
    async with redis_server(tmp_path) as server:
        counter = _counter(server, tmp_path, Hands())
        mine = names(3)
        assert (await counter.take(mine)).allowed
        assert (await counter.look()).state is State.UP
        await server.stop()
        async with asyncio.timeout(PATIENCE):  # as long as the first alone would take that waited
            verdicts = [(await counter.take(mine)).allowed for _ in range(50)]
        assert verdicts == [True] * 3 + [False] * 47
        assert (await counter.look()).state is State.DEGRADED
        await server.start()
        counter._away_until = 0
        assert (await counter.take(mine)).allowed
        assert (await counter.look()).state is State.UP
        await counter.aclose()
    assert counting.AWAY_SECONDS <= 10


async def test_a_redis_that_hangs_costs_a_moment_once(tmp_path: Path) -> None:
    asked = 0

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        while await reader.read(1000):
            continue
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    counter = RedisRateCounter(
        open_redis(f"redis://127.0.0.1:{port}"), SqlRateCounter(open_counters(tmp_path), Hands())
    )
    mine, began = names(20), time.monotonic()
    crowd = await asyncio.gather(*(counter.take(mine) for _ in range(30)))
    assert sum(verdict.allowed for verdict in crowd) == 20
    assert time.monotonic() - began < 30 * counting.TIMEOUT_SECONDS, "they waited one after the other"
    before, counter._away_until = asked, time.monotonic() + 60  # however slow we are, it is still left alone
    assert before >= 1
    assert not (await counter.take(mine)).allowed
    assert asked == before
    await counter.aclose()
    server.close()


async def test_a_platform_without_its_redis_answers_and_says_so(tmp_path: Path) -> None:
    async with redis_server(tmp_path) as server, fresh(redis_url=server.url, rate_key=100) as running:
        tenant = await organisation(running)
        admin = tenant.client("admin")
        assert (await admin.get("/v1/me")).headers["x-scaigrid-ratelimit-remaining"] == "99"
        await server.stop()
        answer = await admin.get("/v1/me")
        assert answer.status_code == 200
        assert answer.headers["x-scaigrid-ratelimit-limit"] == "100"
        parts = (await admin.get("/health/detailed")).json()["data"]["dependencies"]
        (counter,) = [part for part in parts if part["name"] == "rate_counter"]
        assert counter["state"] == "degraded"
        await tenant.aclose()
