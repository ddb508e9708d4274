"""Budgets hold where the money is spent: on every way to a model, for calls at once and in turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.world import openai_answers as says
from tests.world.patience import eventually
from tests.world.people import Organisation
from tests.world.served import created, model_on
from tests.world.upstream import Upstream, upstream

HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture
async def up() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


async def budget(client: httpx.AsyncClient, organisation: Organisation, **limits: Any) -> str:
    said = {"scope": "tenant", "scope_id": organisation.id, "period": "monthly", "hard_action": "block"} | limits
    return str((await created(client, "/v1/accounting/budgets", **said))["id"])


async def spent_of(client: httpx.AsyncClient, budget_id: str, requests: int) -> dict[str, Any]:
    async def booked() -> dict[str, Any] | None:
        spent: dict[str, Any] = (await client.get(f"/v1/accounting/budgets/{budget_id}")).json()["data"]["spent"]
        return spent if spent["requests"] >= requests else None

    return await eventually(booked)


async def test_a_request_limit_of_three_refuses_the_fourth_on_every_way_to_a_model(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    up.says(says.completion())
    model = await model_on(root, up)
    await budget(acme.client("admin"), acme, request_limit=3)
    client = acme.client("user")
    body = {"model": model.slug, "messages": HELLO}
    assert (await client.post("/v1/inference/chat", json=body)).status_code == 200
    assert (await client.post("/oai/v1/chat/completions", json=body)).status_code == 200
    generated = await client.post("/v1/inference/generate", json={"model": model.slug, "prompt": "hello"})
    assert generated.status_code == 200
    refused = await client.post("/v1/inference/chat", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "BUDGET_EXCEEDED")
    assert int(refused.headers["retry-after"]) > 0
    streamed = await client.post("/oai/v1/chat/completions", json=body | {"stream": True})
    assert (streamed.status_code, streamed.json()["error"]["code"]) == (429, "BUDGET_EXCEEDED")
    assert len(up.asked) == 3
    embedded = await client.post("/v1/inference/embed", json={"model": "local/minilm", "input": "still metered"})
    assert embedded.status_code == 200, "embeddings are metered but are not requests"


async def test_fifty_calls_at_once_overshoot_a_cost_limit_by_at_most_one(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    up.says(replace(says.completion(usage={"prompt_tokens": 9, "completion_tokens": 100}), before_s=0.1))
    model = await model_on(root, up, output_price_per_mtok="10000")  # one euro a call
    limited = await budget(acme.client("admin"), acme, cost_limit="5")
    client = acme.client("user")
    body = {"model": model.slug, "messages": HELLO, "max_tokens": 100}
    answers = await asyncio.gather(*(client.post("/v1/inference/chat", json=body) for _ in range(50)))
    let_through = sum(answer.status_code == 200 for answer in answers)
    assert let_through in {5, 6}
    assert {answer.status_code for answer in answers} == {200, 429}
    spent = await spent_of(acme.client("admin"), limited, let_through)
    assert spent["cost"] == str(let_through)


async def test_a_slug_of_a_group_goes_to_its_members_and_fails_over_between_them(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    async with upstream() as second:
        up.says(says.error(500))
        second.says(says.completion("from the second member"))
        first_model, second_model = await model_on(root, up), await model_on(root, second)
        group = await created(
            root,
            "/v1/model-groups",
            slug=f"group-{acme.slug}",
            display_name="Group",
            scope_type="tenant",
            scope_id=acme.id,
        )
        for model in (first_model, second_model):
            await created(root, f"/v1/model-groups/{group['id']}/members", model_slug=model.slug)
        body = {"model": group["slug"], "messages": HELLO}
        answer = await acme.client("user").post("/v1/inference/chat", json=body)
    assert answer.json()["data"]["choices"][0]["message"]["content"] == "from the second member"
    assert answer.json()["data"]["model"] == second_model.slug


async def test_a_client_that_asks_in_turn_always_finds_its_last_call_settled(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    """An estimate far above what calls take must not refuse those that come one after the other."""
    up.says(says.completion(usage={"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}))
    model = await model_on(root, up)
    await budget(acme.client("admin"), acme, token_limit=100)
    client = acme.client("user")
    body = {"model": model.slug, "messages": HELLO, "max_tokens": 90}
    statuses = [(await client.post("/v1/inference/chat", json=body)).status_code for _ in range(12)]
    assert statuses == [200] * 10 + [429] * 2
