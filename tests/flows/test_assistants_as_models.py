"""A published assistant is a model like any other: listed, called, in groups, and itself in every report."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import openai
import pytest

from tests.world import openai_answers as says
from tests.world.models import Shop, code, data
from tests.world.patience import eventually
from tests.world.people import Organisation, organisation
from tests.world.personas import at, published
from tests.world.platform import Running, unique
from tests.world.served import Served, model_on
from tests.world.upstream import Upstream, upstream

HELLO: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]
PRICES: dict[str, Any] = {"input_price_per_mtok": "10", "output_price_per_mtok": "20"}


@dataclass(slots=True)
class Scene:
    """An assistant over a vendor's model, and the server of that."""

    acme: Organisation
    up: Upstream
    vendor: Served
    persona: Any

    @property
    def slug(self) -> str:
        return str(self.persona["published_slug"])

    async def call(self, who: str = "user", model: str | None = None, **more: Any) -> httpx.Response:
        body = {"model": model or self.slug, "messages": HELLO, **more}
        return await self.acme.client(who).post("/v1/inference/chat", json=body)

    async def used(self, count: int, **query: str) -> list[Any]:
        """The calls of the organisation, once there are so many."""

        async def there() -> list[Any] | None:
            answer = await self.acme.client("admin").get("/v1/accounting/usage", params=query)
            items: list[Any] = data(answer)["items"]
            return items if len(items) >= count else None

        return await eventually(there)


@pytest.fixture
async def scene(acme: Organisation, root: httpx.AsyncClient) -> AsyncIterator[Scene]:
    async with upstream() as up:
        up.says(says.completion("Good day."))
        vendor = await model_on(root, up, **PRICES)
        slug, prompt = unique("support"), "You are the support of Acme."
        made = await published(acme.client("admin"), slug=slug, model_slug=vendor.slug, system_prompt=prompt)
        yield Scene(acme, up, vendor, made)


async def test_it_is_listed_where_models_are_for_its_tenant_alone(scene: Scene, running: Running) -> None:
    """Seed: Persona appears as its own frontend model."""
    assert scene.slug == f"tenant/{scene.acme.slug}/{scene.persona['slug']}"
    other = await organisation(running)
    for whose, listed in ((scene.acme, True), (other, False)):
        for who in ("admin", "user", "viewer"):
            client = whose.client(who)
            ours = [one["slug"] for one in data(await client.get("/v1/models?limit=1000"))["items"]]
            theirs = [one["id"] for one in (await client.get("/oai/v1/models")).json()["data"]]
            assert (scene.slug in ours, scene.slug in theirs) == (listed, listed), who
            single = await client.get(f"/v1/models/{scene.slug}"), await client.get(f"/oai/v1/models/{scene.slug}")
            assert {one.status_code for one in single} == ({200} if listed else {404})
    assert code(
        await other.client("user").post("/v1/inference/chat", json={"model": scene.slug, "messages": HELLO})
    ) == (
        404,
        "MODEL_NOT_FOUND",
    )
    await other.aclose()


async def test_a_stock_client_calls_it_by_its_slug(scene: Scene) -> None:
    key, base = scene.acme.people["user"].key, f"{scene.acme.running.url}/oai/v1"
    async with openai.AsyncOpenAI(base_url=base, api_key=key, max_retries=0) as stock:
        answer = await stock.chat.completions.create(model=scene.slug, messages=HELLO)
        assert (answer.model, answer.choices[0].message.content) == (scene.slug, "Good day.")
        scene.up.says(says.talk(4))
        frames = await stock.chat.completions.create(model=scene.slug, messages=HELLO, stream=True)
        assert {frame.model async for frame in frames} == {scene.slug}
    system = scene.up.asked[0].json["messages"][0]
    assert (system["role"], system["content"]) == ("system", "You are the support of Acme.")


@pytest.mark.parametrize("wrong", ["{bare}", "tenant/{tenant_id}/{bare}", "tenant/{tenant}/{bare}x"])
async def test_another_spelling_of_it_is_no_model(scene: Scene, wrong: str) -> None:
    """Seed: the bare slug, or the tenant's id instead of its slug, is `model not found`."""
    names = {"bare": scene.persona["slug"], "tenant": scene.acme.slug, "tenant_id": scene.acme.id}
    assert code(await scene.call(model=wrong.format(**names))) == (404, "MODEL_NOT_FOUND")
    assert data(await scene.call())["model"] == scene.slug


async def test_unpublished_it_is_no_model_and_in_no_group(scene: Scene) -> None:
    """Seed: Unpublishing deletes the frontend model and removes it from any model groups it had joined."""
    admin = scene.acme.client("admin")
    group = await Shop(admin).group(scope_type="tenant", scope_id=scene.acme.id)
    path = f"/v1/model-groups/{group['id']}/members"
    done = data(await admin.post(at(scene.persona, "publish"), json={"group_ids": [group["id"]]}))
    assert [(one["group_id"], one["assigned"]) for one in done["groups"]] == [(group["id"], True)]
    assert [one["model_slug"] for one in data(await admin.get(path))] == [scene.slug]
    data(await admin.post(at(scene.persona, "unpublish")))
    assert data(await admin.get(path)) == []
    assert code(await scene.call()) == (404, "MODEL_NOT_FOUND")
    data(await admin.post(at(scene.persona, "publish"), json={}))
    assert data(await scene.call())["model"] == scene.slug


async def test_a_group_with_it_answers_as_it(scene: Scene) -> None:
    """Seed: Persona slugs are first-class members."""
    admin = scene.acme.client("admin")
    group = await Shop(admin).group(scene.slug, scope_type="tenant", scope_id=scene.acme.id)
    data(await scene.call(model=group["slug"]))
    assert scene.up.asked[-1].json["messages"][0]["content"] == "You are the support of Acme."
    (used,) = await scene.used(1)
    assert used["model"] == scene.slug


async def test_every_report_has_it_as_its_own_model(scene: Scene) -> None:
    """Seed: accounting attributes usage to the persona's frontend model; group by it, or filter for `tenant/`."""
    admin = scene.acme.client("admin")
    data(await scene.call())
    scene.up.says(says.talk(4))
    assert (await scene.call(stream=True)).status_code == 200
    data(await scene.call(model="local/quote"))
    await scene.used(3)
    items = await scene.used(2, model=scene.slug)
    assert [one["model"] for one in items] == [scene.slug] * 2
    assert {one["backend_id"] for one in items} == set(scene.vendor.backend_ids)
    assert {one["cost"] for one in items} == {"0.00015"}, "9 tokens in and 3 out, at the prices of the model behind it"
    assert [one["id"] for one in await scene.used(2, model="tenant/*")] == [one["id"] for one in items]
    assert data(await admin.get("/v1/accounting/usage", params={"model": scene.vendor.slug}))["items"] == []
    sums = data(await admin.get("/v1/accounting/usage/summary", params={"group_by": "model"}))["items"]
    assert {one["key"]: one["requests"] for one in sums} == {scene.slug: 2, "local/quote": 1}
    for form in ("csv", "json", "ndjson"):
        text = (await admin.get("/v1/accounting/export", params={"format": form})).text
        assert sorted(one["model"] for one in _rows(form, text)) == ["local/quote", scene.slug, scene.slug]


def _rows(form: str, text: str) -> list[Any]:
    if form == "csv":
        return list(csv.DictReader(io.StringIO(text)))
    return json.loads(text) if form == "json" else [json.loads(line) for line in text.splitlines()]


async def test_a_budget_counts_it_and_stops_it(scene: Scene) -> None:
    """Seed: accounted against the same budgets."""
    budget = {"scope": "user", "scope_id": scene.acme.people["user"].id, "period": "total", "request_limit": 1}
    data(await scene.acme.client("admin").post("/v1/accounting/budgets", json=budget | {"hard_action": "block"}), 201)
    data(await scene.call())
    assert code(await scene.call()) == (429, "BUDGET_EXCEEDED")
