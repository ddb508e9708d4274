"""A document from its upload at a server to the passages that a worker of its own has made of it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.indexing.collections.shelving import make
from tests.indexing.documents.filing import path_of, sent
from tests.world.hands import process, until
from tests.world.models import data
from tests.world.people import organisation
from tests.world.platform import ROOT_KEY, fresh
from tests.world.redis import needs_redis, redis_server

pytestmark = [pytest.mark.services, pytest.mark.slow]


@needs_redis
async def test_a_document_is_indexed_by_a_worker_beside_the_server(tmp_path: Path) -> None:
    async with redis_server(tmp_path) as broker, fresh(broker_url=broker.url) as running:
        acme = await organisation(running)
        admin = acme.client("admin")
        collection = await make(admin)
        documents = [
            await sent(admin, collection["id"], f"# Plan {number}\n\nIt says much.".encode()) for number in "123"
        ]
        surroundings = {
            "SCAIGRID_HOME": str(running.settings.home),
            "SCAIGRID_DATABASE_URL": running.settings.database,
            "SCAIGRID_BROKER_URL": broker.url,
            "SCAIGRID_BOOTSTRAP_KEY": ROOT_KEY,
            "SCAIGRID_LOG_LEVEL": "warning",
        }

        async def indexed() -> bool:
            states = [data(await admin.get(path_of(document)))["status"] for document in documents]
            return set(states) == {"indexed"}

        assert not await indexed()
        async with process("app.cli", "worker", "--jobs", "1", surroundings=surroundings) as worker:
            await until(indexed)
            documents.append(await sent(admin, collection["id"], b"# Another\n\nIt says more."))
            await until(indexed)
            worker.send_signal(signal.SIGTERM)
            assert await worker.wait() == 0
        await acme.aclose()
