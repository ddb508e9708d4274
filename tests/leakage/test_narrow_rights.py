"""Rights are as narrow as they were given, long answers end with them, and who is refused leaves a trace."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.audit.chain import Entry, append
from app.clock import SystemClock
from app.db.tenancy import Reach
from app.identity.tables import ApiKey
from app.inference.preparation import estimate_input, estimate_output
from tests.world.lanes import writing
from tests.world.models import data
from tests.world.patience import eventually
from tests.world.people import Organisation
from tests.world.platform import Running


async def trail(acme: Organisation, root: httpx.AsyncClient, **wanted: str) -> list[dict[str, Any]]:
    """The tenant's trail, once what was noted beside the requests has been written."""

    async def written() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = data(await root.get("/v1/audit/events", params={"tenant_id": acme.id, **wanted}))[
            "items"
        ]
        return items

    return await eventually(written)


@pytest.mark.parametrize("scopes", [[], ["models:use"], ["models:list", "users:manage"]])
async def test_a_key_made_for_less_does_not_list_the_platforms_tenants(
    acme: Organisation, root: httpx.AsyncClient, running: Running, scopes: list[str]
) -> None:
    key = data(await root.post("/v1/api-keys", json={"name": "narrow", "scopes": scopes}), 201)["key"]
    async with running.client(key) as narrow:
        listed = data(await narrow.get("/v1/tenants"))
        assert [tenant["slug"] for tenant in listed] == ["system"]
        assert (await narrow.get(f"/v1/tenants/{acme.id}")).status_code == 404
        assert (await narrow.get("/v1/partners")).status_code == 403


@pytest.mark.parametrize("path", ["/v1/audit/events/export?format=ndjson"])
async def test_an_export_ends_when_its_reader_may_do_less(
    acme: Organisation, root: httpx.AsyncClient, running: Running, path: str
) -> None:
    now, many = SystemClock().now(), 40_000
    async with writing(running.platform.database) as connection:
        append(connection, [Entry(acme.id, "thing.done", now, details={"padding": "x" * 300})] * many)
    lines = 0
    with contextlib.suppress(httpx.RemoteProtocolError):
        async with acme.client("admin").stream("GET", path) as answer:
            async for _ in answer.aiter_lines():
                lines += 1
                if lines == 1:
                    body = {"roles": ["tenant_user"]}
                    data(await root.put(f"/v1/users/{acme.people['admin'].id}/roles", json=body))
    assert 0 < lines < many


@pytest.mark.parametrize("end", ["suspended", "revoked", "expired"])
async def test_who_is_turned_away_at_the_door_leaves_one_trace(
    acme: Organisation, root: httpx.AsyncClient, running: Running, end: str
) -> None:
    person = acme.people["user"]
    if end == "suspended":
        data(await root.patch(f"/v1/users/{person.id}", json={"status": "suspended"}))
    else:
        async with running.platform.transactions.open(Reach.one(acme.id)) as transaction:
            key = (await transaction.session.scalars(select(ApiKey).where(ApiKey.user_id == person.id))).one()
            moment = transaction.clock.now() - timedelta(seconds=1)
            setattr(key, "revoked_at" if end == "revoked" else "expires_at", moment)
    for _ in range(5):
        assert (await acme.client("user").get("/v1/me")).status_code == 401
    (event,) = await trail(acme, root, action="access.refused")
    assert (event["actor_id"], event["outcome"], event["details"]["code"]) == (
        person.id,
        "refused",
        "AUTH_TOKEN_INVALID",
    )


async def test_trying_a_webhook_out_is_remembered(acme: Organisation, root: httpx.AsyncClient) -> None:
    admin = acme.client("admin")
    body = {"url": "http://localhost/", "events": ["request.completed"]}
    hook = data(await admin.post("/v1/webhooks", json=body), 201)["id"]
    data(await admin.post(f"/v1/webhooks/{hook}/test"))
    (event,) = await trail(acme, root, action="webhook.tested")
    assert (event["target_id"], event["details"]) == (hook, {"delivered": False})


class Plain:
    """A model without limits of its own."""

    system_prompt_template = None
    default_params: dict[str, Any] = {}  # noqa: RUF012
    max_output_tokens = 100


def test_several_answers_at_once_are_reckoned_as_several() -> None:
    assert estimate_output(Plain(), {"n": 8}) == 800
    assert estimate_output(Plain(), {"n": 8, "max_tokens": 10}) == 80


def test_what_is_hidden_in_tools_is_reckoned_too() -> None:
    tools = [{"type": "function", "function": {"name": "f", "description": "x" * 4000}}]
    assert estimate_input({"messages": [], "tools": tools}) > 1000


@pytest.mark.parametrize("wanted", [0, -1, 129, "8", 2.0])
async def test_how_many_answers_is_a_small_number(acme: Organisation, wanted: object) -> None:
    body = {"model": "local/quote", "messages": [{"role": "user", "content": "x"}], "n": wanted}
    assert (await acme.client("user").post("/oai/v1/chat/completions", json=body)).status_code == 422
