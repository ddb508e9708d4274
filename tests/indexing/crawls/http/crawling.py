"""Short ways to save and begin crawls over HTTP, and to put into their rows what a walk would."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx

from app.db.tenancy import Reach
from indexing.crawls.tables import CrawlJob, CrawlPage
from tests.indexing.collections.shelving import COLLECTIONS
from tests.world.models import data
from tests.world.people import Organisation

MATRIX = "/v1/modules/scaimatrix"
SEED = "http://127.0.0.1:9/"  # allowed by name, and nobody listens there


async def save(client: httpx.AsyncClient, collection_id: str, **said: Any) -> dict[str, Any]:
    """A saved crawl."""
    body = {"name": "Docs", "seed_url": SEED} | said
    made: dict[str, Any] = data(await client.post(f"{COLLECTIONS}/{collection_id}/crawls", json=body), 201)
    return made


async def begin(client: httpx.AsyncClient, collection_id: str, **said: Any) -> dict[str, Any]:
    """A run of a crawl that is not saved."""
    answer = await client.post(f"{COLLECTIONS}/{collection_id}/crawl", json={"seed_url": SEED} | said)
    made: dict[str, Any] = data(answer, 202)
    return made


def path_of(job: dict[str, Any]) -> str:
    """Where a run is."""
    return f"{COLLECTIONS}/{job['collection_id']}/crawl/{job['id']}"


def crawl_path(crawl: dict[str, Any]) -> str:
    """Where a saved crawl is."""
    return f"{MATRIX}/crawls/{crawl['id']}"


async def put_run(acme: Organisation, job_id: str, **values: Any) -> None:
    """Move a run, as a walk would."""
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        row = await transaction.session.get_one(CrawlJob, job_id)
        row.changes += 1
        for name, value in values.items():
            setattr(row, name, value)
        if row.status in {"completed", "failed", "cancelled"}:
            row.active_key, row.finished_at = None, transaction.clock.now()


async def put_pages(acme: Organisation, job_id: str, *pages: dict[str, Any]) -> None:
    """Put addresses into a run's ledger, in their order."""
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        for place, page in enumerate(pages):
            digest = hashlib.sha256(page["url"].encode()).hexdigest()
            known = {"job_id": job_id, "position": place, "digest": digest, "depth": 1, "found_on": None}
            known |= {"state": "done", "verdict": "fetched", "fetched_at": transaction.clock.now()}
            transaction.session.add(CrawlPage(**known | page))
