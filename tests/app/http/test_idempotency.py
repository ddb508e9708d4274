"""A creating request that carries a key is done once, whatever happens on the way."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.http.routes import ALL
from app.settings import Settings
from tests.app.http.trials import entered, leave, router
from tests.world.databases import empty_database
from tests.world.patience import PATIENCE
from tests.world.people import Organisation, organisation
from tests.world.platform import running, settings_for, unique

PATH = "/v1/trials"


async def post(client: httpx.AsyncClient, key: str, name: str = "one", **more: Any) -> httpx.Response:
    return await client.post(PATH, json={"name": name}, headers={"Idempotency-Key": key}, **more)


async def names(client: httpx.AsyncClient) -> list[str]:
    return [item["name"] for item in (await client.get(PATH)).json()["data"]]


async def test_the_same_request_again_gets_the_first_answer_and_does_nothing(trier: httpx.AsyncClient) -> None:
    key = unique("key")
    first, again = await post(trier, key), await post(trier, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert await names(trier) == ["one"]


async def test_another_request_under_the_same_key_is_a_mistake(trier: httpx.AsyncClient) -> None:
    key = unique("key")
    await post(trier, key)
    refused = await post(trier, key, "two")
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "IDEMPOTENCY_MISMATCH"
    assert await names(trier) == ["one"]


async def test_while_the_first_is_running_the_second_is_told_so_at_once(trier: httpx.AsyncClient) -> None:
    key = unique("key")
    first = asyncio.create_task(post(trier, key, "slow"))
    await entered.wait()
    async with asyncio.timeout(PATIENCE):
        refused = await post(trier, key, "slow")
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "IDEMPOTENCY_IN_FLIGHT"
    assert refused.headers["retry-after"] == "1"
    leave.set()
    assert (await first).status_code == 201
    assert (await post(trier, key, "slow")).headers["idempotency-replayed"] == "true"
    assert await names(trier) == ["slow"]


async def test_of_many_at_once_one_creates_and_the_others_replay_or_wait(trier: httpx.AsyncClient) -> None:
    key = unique("key")
    answers = await asyncio.gather(*(post(trier, key) for _ in range(12)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert await names(trier) == ["one"]


@pytest.mark.parametrize(("name", "status"), [("refused", 401), ("broken", 500), ("", 422)])
async def test_a_request_that_failed_leaves_nothing_and_may_come_again(
    name: str, status: int, trier: httpx.AsyncClient
) -> None:
    key = unique("key")
    assert (await post(trier, key, name)).status_code == status
    assert await names(trier) == []
    assert (await post(trier, key, "fixed")).status_code == 201
    assert await names(trier) == ["fixed"]


async def test_the_same_key_of_somebody_else_is_another_key(triers: Organisation) -> None:
    key = unique("key")
    for person in ("user", "admin"):
        answer = await post(triers.client(person), key)
        assert "idempotency-replayed" not in answer.headers
    assert await names(triers.client("user")) == ["one", "one"]


async def test_a_request_without_a_key_is_done_every_time(trier: httpx.AsyncClient) -> None:
    for _ in range(2):
        await trier.post(PATH, json={"name": "one"})
    assert await names(trier) == ["one", "one"]


async def test_the_query_belongs_to_the_request(trier: httpx.AsyncClient) -> None:
    key = unique("key")
    await post(trier, key)
    assert (await post(trier, key, params={"x": "1"})).status_code == 422


async def test_the_first_answer_outlives_a_restart(tmp_path: Path) -> None:
    with empty_database(tmp_path) as address:
        settings: Settings = settings_for(tmp_path, address)
        key, routers = unique("key"), (*ALL, router)
        async with running(settings, routers) as before, before.client(before.root_key) as root:
            first = await post(root, key)
            await organisation(before)
        async with running(settings, routers) as after, after.client(after.root_key) as root:
            again = await post(root, key)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
