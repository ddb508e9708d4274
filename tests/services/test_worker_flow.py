"""A document from its upload at a server to the passages that a worker of its own has made of it."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.indexing.collections.shelving import make
from tests.indexing.documents.filing import path_of, sent
from tests.world.evaluating import eval_set
from tests.world.hands import process, until
from tests.world.measuring import RUNS
from tests.world.models import data
from tests.world.people import organisation
from tests.world.personas import persona, reads
from tests.world.platform import ROOT_KEY, fresh
from tests.world.redis import needs_redis, redis_server

pytestmark = [pytest.mark.services, pytest.mark.slow]


@needs_redis
async def test_documents_are_indexed_and_sets_run_by_a_worker_beside_the_server(tmp_path: Path) -> None:
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
            run = await _begun(admin, collection["id"])

            async def ended() -> bool:
                said = data(await admin.get(f"{RUNS}/{run['id']}"))["run"]
                return bool(said["status"] == "completed" and said["answered"] == said["total"] == 2)

            await until(ended)
            worker.send_signal(signal.SIGTERM)
            assert await worker.wait() == 0
        await acme.aclose()


async def _begun(admin: httpx.AsyncClient, collection_id: str) -> dict[str, Any]:
    """A run of two cases, put to a persona over the collection."""
    one = await persona(admin, rag_enabled=True, rag_search_type="keyword")
    await reads(admin, one, collection_id)
    asked = await eval_set(admin, {"question": "What says much?"}, {"question": "What says more?"})
    began: dict[str, Any] = data(await admin.post(RUNS, json={"set": asked["id"], "persona_id": one["id"]}), 202)
    return began
