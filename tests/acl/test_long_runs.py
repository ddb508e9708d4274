"""A long run ends with the credential it was begun with, whoever its caller still is."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from acl.facts import DefaultAccess
from app.db.tenancy import Reach
from app.http.routes import ALL
from app.identity.errors import TokenInvalid
from app.identity.tables import ApiKey, Tenant
from app.identity.tokens import LEEWAY_SECONDS
from rag.retrieval.onlooker import Onlooker
from tests.world import reading_room
from tests.world.patience import PATIENCE
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh
from tests.world.reading_room import Passage
from tests.world.scaikey import AUDIENCE, ISSUER, ScaiKey, scaikey
from tests.world.shelves import Shelf, shelf


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[ScaiKey]:
    async with scaikey() as provider:
        yield provider


@pytest.fixture(scope="module")
async def platform(provider: ScaiKey) -> AsyncIterator[Running]:
    where = {"url": provider.url, "issuer": ISSUER, "audience": AUDIENCE, "default_role": "tenant_viewer"}
    async with fresh(routers=[*ALL, reading_room.router], scaikey=where) as made:
        yield made


@pytest.fixture
async def joined(platform: Running) -> AsyncIterator[Organisation]:
    """A tenant the provider knows."""
    made = await organisation(platform)
    async with platform.platform.transactions.open(Reach.everywhere()) as transaction:
        (await transaction.session.get_one(Tenant, made.id)).external_id = f"ext-{made.slug}"
    yield made
    await made.aclose()


async def library(of: Organisation) -> Shelf:
    return await shelf(of, "plan", default_access=DefaultAccess.TENANT)


async def run(client: httpx.AsyncClient, document: str) -> list[Any]:
    """All that a run says, until it ends by itself or is ended."""
    params: dict[str, Any] = {"document_id": document, "steps": 1000, "pause": 0.02}
    async with client.stream("GET", "/v1/reading-room/run", params=params) as answer:
        assert answer.status_code == 200, await answer.aread()
        lines = [line async for line in answer.aiter_lines() if line.startswith("data: {")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


async def test_a_run_ends_with_the_token_it_was_begun_with(joined: Organisation, provider: ScaiKey) -> None:
    document, ends = (await library(joined)).documents["plan"], int(time.time()) + 5
    token = provider.token("ada", f"ext-{joined.slug}", exp=ends - LEEWAY_SECONDS)
    async with joined.running.client(token) as ada:
        said = await run(ada, document)
    assert said[0]["shown"], "it had begun well"
    assert said[-1]["code"] == "AUTH_TOKEN_INVALID"
    assert ends < time.time() < ends + 10


async def test_the_very_next_retrieval_knows_that_its_key_has_ended(joined: Organisation) -> None:
    document = (await library(joined)).documents["plan"]
    await key_ends_in(joined, "user", 3)
    running = joined.running.platform
    caller = (await running.credentials.admit(joined.people["user"].key)).caller
    looking = Onlooker(running.chokepoint, running.transactions, caller, joined.id)
    seen, until = 0, time.monotonic() + PATIENCE
    with pytest.raises(TokenInvalid):
        while time.monotonic() < until:
            seen += len(await looking.sees([Passage(document)]))
            await asyncio.sleep(0.01)
    assert seen > 1


async def test_a_run_is_ended_by_its_key(joined: Organisation) -> None:
    document = (await library(joined)).documents["plan"]
    await key_ends_in(joined, "viewer", 4)
    said = await run(joined.client("viewer"), document)
    assert said[0]["shown"]
    assert said[-1]["code"] == "AUTH_TOKEN_INVALID"


async def key_ends_in(of: Organisation, name: str, seconds: float) -> None:
    async with of.running.platform.transactions.open(Reach.one(of.id)) as transaction:
        key = (await transaction.session.scalars(select(ApiKey).where(ApiKey.user_id == of.people[name].id))).one()
        key.expires_at = transaction.clock.now() + timedelta(seconds=seconds)


async def test_a_key_made_for_less_begins_no_run_but_sees_as_much(joined: Organisation) -> None:
    """Scopes narrow what can be done with a key, not what its holder may read."""
    document = (await library(joined)).documents["plan"]
    shown = {}
    for scopes in (["scaimatrix:view"], ["scaimatrix:view", "scaimatrix:search"], []):
        made = await joined.client("admin").post("/v1/api-keys", json={"name": "narrow", "scopes": scopes})
        async with joined.running.client(made.json()["data"]["key"]) as narrow:
            answers = [
                await narrow.get(f"/v1/reading-room/documents/{document}"),
                await narrow.get("/v1/reading-room/run", params={"document_id": document, "steps": 1}),
            ]
        shown[len(scopes)] = [answer.status_code for answer in answers]
    assert shown == {1: [200, 403], 2: [200, 200], 0: [403, 403]}
