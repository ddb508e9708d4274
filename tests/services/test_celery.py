"""Jobs done by real Celery workers, whatever is killed meanwhile: a worker, one of its processes, the broker."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from app.jobs.kinds import JobKind, Lane
from app.jobs.tables import Job
from tasks.broker.celery_app import celery_app
from tasks.worker.process import SIDE_BY_SIDE
from tests.services.servers import ServerMissingError, rabbitmq_home
from tests.tasks.test_processes import all_ended, ask
from tests.world.by_night import by_night
from tests.world.hands import LINES, process, until, written
from tests.world.platform import ROOT_KEY, Running, fresh
from tests.world.redis import needs_redis, redis_server

pytestmark = [pytest.mark.services, pytest.mark.slow]
WORKER = ("-A", "tests.world.celery_hands", "worker", "-Q", ",".join(Lane), "-c", "2")
QUIET = ("--without-gossip", "--without-mingle", "--loglevel", "error")


@dataclass(frozen=True, slots=True)
class Shop:
    """Servers that ask, and the file in which workers leave a line for each job."""

    running: Running
    broker: str
    file: Path

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[psutil.Process]:
        """A Celery worker with two processes; what is left of them at the end is killed."""
        settings = self.running.settings
        surroundings = {
            "SCAIGRID_HOME": str(settings.home),
            "SCAIGRID_DATABASE_URL": settings.database,
            "SCAIGRID_BROKER_URL": self.broker,
            "SCAIGRID_BOOTSTRAP_KEY": ROOT_KEY,
            "SCAIGRID_LOG_LEVEL": "warning",
            LINES: str(self.file),
        }
        async with process("celery", *WORKER, *QUIET, surroundings=surroundings) as started:
            whole = psutil.Process(started.pid)
            try:
                yield whole
            finally:
                kill(whole)

    def all_done(self, number: int) -> bool:
        return set(written(self.file)) == {f"doc_{each}" for each in range(number)}

    async def rows(self) -> list[Job]:
        async with self.running.platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            return list(await transaction.session.scalars(select(Job).order_by(Job.id)))


def kill(whole: psutil.Process) -> None:
    """Kill a worker with all its processes, as a power cut would."""
    family = [whole]
    with suppress(psutil.NoSuchProcess):  # it may be gone, or go at this moment
        family += whole.children(recursive=True)
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()


@asynccontextmanager
async def shop_on(broker: str, file: Path) -> AsyncIterator[Shop]:
    async with fresh(deeds={}, broker_url=broker) as running:
        yield Shop(running, broker, file)


@pytest.fixture(params=["redis_url", "rabbitmq_url"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    """A platform that calls workers through each of the brokers."""
    async with shop_on(request.getfixturevalue(request.param), tmp_path / "done") as made:
        yield made


async def test_every_job_is_done_once_however_often_workers_are_called(shop: Shop) -> None:
    await ask(shop.running, 40, 0.05)
    app = celery_app(shop.broker)
    for row in await shop.rows():
        for _ in range(3):
            app.send_task(str(JobKind.INGEST_DOCUMENT), args=[row.id], queue=str(Lane.INGEST))
    app.close()
    async with shop.worker():
        await until(lambda: all_ended(shop.running))
    assert written(shop.file) == Counter({f"doc_{number}": 1 for number in range(40)})
    assert {(row.state, row.attempts) for row in await shop.rows()} == {("done", 1)}


async def test_what_a_killed_worker_had_in_hand_is_done_within_a_minute(shop: Shop) -> None:
    async with shop.worker() as victim:
        await ask(shop.running, 30, 600, quick=6)
        await until(lambda: sum(written(shop.file.with_suffix(".begun")).values()) >= 8)
        await until(lambda: sum(written(shop.file).values()) == 6)
        kill(victim)
    shop.file.with_suffix(".hurry").touch()
    async with shop.worker():
        await until(lambda: all_ended(shop.running))
    assert shop.all_done(30)
    assert 0 < sum(row.lost for row in await shop.rows()) <= 2 * SIDE_BY_SIDE


async def test_a_killed_process_of_a_worker_costs_nothing_but_time(shop: Shop) -> None:
    async with shop.worker() as worker:
        await ask(shop.running, 20, 0.3)
        await until(lambda: sum(written(shop.file).values()) >= 4)
        worker.children()[0].kill()
        await until(lambda: all_ended(shop.running))
    assert shop.all_done(20)


async def test_a_worker_that_is_told_to_stop_gives_back_what_it_has_in_hand(shop: Shop) -> None:
    async with shop.worker() as worker:
        await ask(shop.running, 2, 600)
        await until(lambda: len(written(shop.file.with_suffix(".begun"))) == 2)
        worker.send_signal(signal.SIGTERM)
        await until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
    rows = await shop.rows()
    assert {(row.state, row.attempts, row.lost, row.lease) for row in rows} == {("waiting", 0, 0, None)}


async def test_no_process_outlives_its_worker(shop: Shop) -> None:
    async with shop.worker() as worker:
        await ask(shop.running, 2, 600)
        await until(lambda: len(written(shop.file.with_suffix(".begun"))) == 2)
        left = worker.children()
        worker.kill()
        await until(lambda: not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in left))


@needs_redis
async def test_nothing_is_lost_with_a_broker_that_forgets_everything(tmp_path: Path) -> None:
    async with redis_server(tmp_path) as broker, shop_on(broker.url, tmp_path / "done") as shop:
        async with shop.worker():
            await ask(shop.running, 10, 0.1)
            await until(lambda: sum(written(shop.file).values()) >= 3)
            await broker.stop()
            async with asyncio.timeout(20):
                await ask(shop.running, 0, 0)  # people are founded; nobody waits for a broker
            await said(shop, "degraded")
            await broker.start()
            await until(lambda: all_ended(shop.running), 120)
            await said(shop, "up")
        assert shop.all_done(10)


@pytest.mark.parametrize("killed", [True, *by_night([False])], ids=["killed", "stopped"])
async def test_nothing_is_lost_with_a_broker_that_is_started_again(tmp_path: Path, killed: bool) -> None:
    with rabbitmq_home() as home, ExitStack() as broker:
        try:
            process = await asyncio.to_thread(broker.enter_context, home.started())
        except ServerMissingError as missing:
            pytest.skip(str(missing))
        async with shop_on(home.url, tmp_path / "done") as shop, shop.worker():
            await ask(shop.running, 12, 0.2)
            await until(lambda: sum(written(shop.file).values()) >= 3)
            if killed:
                process.kill()
            await asyncio.to_thread(broker.close)
            await ask(shop.running, 1, 0)  # of another tenant: people go on
            await said(shop, "degraded")
            await asyncio.to_thread(broker.enter_context, home.started())
            await until(lambda: all_ended(shop.running), 120)
            await said(shop, "up")
            assert shop.all_done(12)


async def said(shop: Shop, state: str) -> None:
    """Wait until the health page says of jobs that they are in a state."""

    async def says() -> bool:
        async with shop.running.client(shop.running.root_key) as root:
            parts = (await root.get("/health/detailed")).json()["data"]["dependencies"]
        return bool(next(part["state"] for part in parts if part["name"] == "jobs") == state)

    await until(says)


@needs_redis
async def test_what_was_asked_for_while_the_broker_was_away_is_done_when_it_is_back(tmp_path: Path) -> None:
    async with redis_server(tmp_path) as broker, shop_on(broker.url, tmp_path / "done") as shop:
        await broker.stop()
        await ask(shop.running, 20, 0)
        assert {row.state for row in await shop.rows()} == {"waiting"}
        await broker.start()
        async with shop.worker():
            await until(lambda: all_ended(shop.running))
        assert shop.all_done(20)
