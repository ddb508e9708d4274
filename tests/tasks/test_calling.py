"""Telling workers of work costs nobody anything, whatever becomes of the broker."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from app.errors import Unavailable
from app.jobs.kinds import LANE_OF, JobKind
from app.settings import Settings
from app.wiring.calling import job_queue
from tasks.broker.celery_app import celery_app
from tasks.broker.queue import MOST_UNSENT
from tests.world.hands import process
from tests.world.platform import fresh
from tests.world.ports import LOOPBACK, kept_port

INGEST = JobKind.INGEST_DOCUMENT


@pytest.fixture
def nobody() -> Iterator[str]:
    """The address of a broker that is not there, nor anybody else meanwhile."""
    with kept_port() as port:
        yield f"redis://{LOOPBACK}:{port}/0"


async def test_without_a_broker_the_process_itself_is_woken() -> None:
    queue = job_queue(Settings())
    assert queue.bell is not None
    for say in (queue.wake, queue.remind):
        queue.bell.clear()
        say("job_1", INGEST)
        assert queue.bell.is_set()
    await queue.answers()
    await queue.aclose()


async def test_a_broker_that_is_away_is_said_and_holds_up_nobody(nobody: str) -> None:
    queue = job_queue(Settings(broker_url=nobody))
    assert queue.bell is None
    for number in range(MOST_UNSENT + 100):
        queue.wake(f"job_{number}", INGEST)
    queue.remind("job_1", INGEST)
    with pytest.raises(Unavailable, match="broker does not answer"):
        await queue.answers()
    await queue.aclose()


async def test_a_broker_that_hangs_holds_up_nobody() -> None:
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        queue = job_queue(Settings(broker_url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0"))
        queue.wake("job_1", INGEST)
        looking = asyncio.ensure_future(queue.answers())
        queue.wake("job_2", INGEST)
        await queue.aclose()
        assert not looking.done() or looking.exception() is not None
    with pytest.raises(Unavailable):
        await looking


async def test_the_health_page_says_that_documents_wait_for_the_broker(nobody: str) -> None:
    async with fresh(broker_url=nobody) as running, running.client(running.root_key) as root:
        parts = (await root.get("/health/detailed")).json()["data"]["dependencies"]
        jobs = next(part for part in parts if part["name"] == "jobs")
        assert jobs["state"] == "degraded"
        assert jobs["notice"].startswith("Documents wait until workers can be told of them.")
        said = (await root.get("/metrics")).text
        assert "scaigrid_jobs_oldest_due_seconds" in said
        assert "scaigrid_jobs_left_behind" in said


def test_every_kind_of_job_is_a_task_in_its_lane() -> None:
    app = celery_app("redis://127.0.0.1:1/0")
    assert set(LANE_OF) == set(JobKind)
    assert {name: route["queue"] for name, route in app.conf.task_routes.items()} == LANE_OF
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.accept_content == ["json"]
    assert app.conf.result_backend is None


@pytest.mark.parametrize(
    ("arguments", "surroundings", "sentence"),
    [
        ([], {}, b"SCAIGRID_BROKER_URL: is not set"),
        (
            ["--lanes", "ingest,nowhere"],
            {"SCAIGRID_BROKER_URL": "redis://127.0.0.1:1/0"},
            b"ingest, bulk, crawl, evals, upkeep",
        ),
    ],
)
async def test_a_worker_that_cannot_work_says_why(
    arguments: list[str], surroundings: dict[str, str], sentence: bytes
) -> None:
    async with process(
        "app.cli", "worker", *arguments, surroundings=surroundings, errors=asyncio.subprocess.PIPE
    ) as started:
        _, said = await started.communicate()
        assert started.returncode == 2
        assert sentence in said
