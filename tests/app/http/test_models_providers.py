"""Providers and backends, and what is never told about them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from tests.world.models import ADDRESS, KEY, Shop, code, data, fields
from tests.world.people import Organisation
from tests.world.platform import Running, unique


async def test_a_key_goes_in_and_never_comes_out(
    running: Running, acme: Organisation, root: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    answers = []
    body = {"name": unique("provider"), "type": "custom", "base_url": ADDRESS, "api_key": KEY}
    with capture_logs() as lines:
        answers.append(await root.post("/v1/providers", json=body, headers={"Idempotency-Key": unique("once")}))
        made = data(answers[0], 201)
        path = f"/v1/providers/{made['id']}"
        backend = await Shop(root).backend(provider_id=made["id"], connection={"api_key": KEY})
        answers += [
            await root.get(path),
            await root.get("/v1/providers"),
            await root.patch(path, json={"api_key": KEY, "name": unique("renamed")}),
            await root.patch(path, json={"api_key": KEY + "\n"}),
            await root.patch(path, json={"api_kye": KEY}),
            await root.post("/v1/providers", json=body | {"type": "azure", "base_url": f"https://me:{KEY}@x.example"}),
            await root.post(f"{path}/discover"),
            await root.get(f"/v1/backends/{backend['id']}"),
            await root.get(f"/v1/backends/{backend['id']}/health?check=true"),
            await acme.client("admin").get(path),
        ]
    assert made["has_api_key"] is True
    assert all(KEY not in answer.text for answer in answers)
    assert KEY not in repr(lines)
    assert KEY not in "".join(capfd.readouterr())
    with running.platform.database.lanes.execution_options(writes=False).connect() as connection:
        for table in ("providers", "backend_models", "audit_events", "idempotency_records"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 - names of ours
            assert KEY not in repr(rows), table


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("openai", "https://api.openai.com/v1"),
        ("anthropic", "https://api.anthropic.com/v1"),
        ("mistral", "https://api.mistral.ai/v1"),
        ("google", "https://generativelanguage.googleapis.com/v1beta/openai"),
    ],
)
async def test_a_known_vendors_address_need_not_be_said(root: httpx.AsyncClient, kind: str, address: str) -> None:
    body = {"name": unique(kind), "type": kind, "api_key": KEY}
    made = data(await root.post("/v1/providers", json=body), 201)
    assert made["base_url"] == address


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"type": "custom"}, "base_url"),
        ({"type": "azure"}, "base_url"),
        ({"type": "local", "base_url": ADDRESS}, "base_url"),
        ({"type": "custom", "base_url": "ftp://x.example"}, "base_url"),
        ({"type": "custom", "base_url": "//x.example"}, "base_url"),
        ({"type": "custom", "base_url": "http://"}, "base_url"),
        ({"type": "custom", "base_url": "http://x.example:99999"}, "base_url"),
        ({"type": "custom", "base_url": "http://[::1"}, "base_url"),
        ({"type": "custom", "base_url": "http://x.example/ v1"}, "base_url"),
        ({"type": "custom", "base_url": "http://me:secret@x.example"}, "base_url"),
        ({"type": "custom", "base_url": "http://x.example/v1?api-key=secret"}, "base_url"),
        ({"type": "custom", "base_url": ADDRESS, "api_key": "two words"}, "api_key"),
        ({"type": "own"}, "type"),
        ({"type": "openai", "name": "a/b"}, "name"),
    ],
)
async def test_a_provider_that_cannot_be_reached_is_refused(
    root: httpx.AsyncClient, said: dict[str, Any], field: str
) -> None:
    assert fields(await root.post("/v1/providers", json={"name": unique("provider")} | said)) == [field]


async def test_a_change_keeps_the_settings_it_does_not_name(root: httpx.AsyncClient) -> None:
    made = await Shop(root).provider()
    path = f"/v1/providers/{made['id']}"
    moved = await root.patch(path, json={"base_url": "http://moved.example/"}, headers={"If-Match": '"1"'})
    assert data(moved)["base_url"] == "http://moved.example"
    assert data(moved)["has_api_key"] is True
    assert moved.headers["etag"] == '"2"'
    assert code(await root.patch(path, json={"name": "x"}, headers={"If-Match": '"1"'})) == (412, "PRECONDITION_FAILED")
    assert data(await root.patch(path, json={"api_key": None}))["has_api_key"] is False
    assert fields(await root.patch(path, json={"base_url": None})) == ["base_url"]
    assert fields(await root.patch(path, json={"name": None})) == ["name"]


async def test_two_providers_may_have_one_name(root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    first = await shop.provider()
    again = data(await root.post("/v1/providers", json={"name": first["name"], "type": "openai"}), 201)
    assert again["id"] != first["id"]
    assert data(await root.get(f"/v1/providers/{first['id']}"))["type"] == "custom"


async def test_what_is_in_use_cannot_be_deleted(root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    provider = await shop.provider()
    backend = await shop.backend(provider_id=provider["id"], modality="embedding", dimensions=8)
    model = await shop.model(modality="embedding", backends=[{"backend_id": backend["id"]}])
    at_provider, at_backend = f"/v1/providers/{provider['id']}", f"/v1/backends/{backend['id']}"
    assert code(await root.delete(at_provider)) == (409, "PROVIDER_HAS_BACKENDS")
    assert code(await root.delete(at_backend)) == (409, "BACKEND_IN_USE")
    assert code(await root.patch(at_backend, json={"dimensions": 16})) == (409, "BACKEND_IN_USE")
    data(await root.delete(f"/v1/models/{model['slug']}"))
    for path, gone in ((at_backend, "BACKEND_NOT_FOUND"), (at_provider, "PROVIDER_NOT_FOUND")):
        assert data(await root.delete(path)) == {"deleted": True}
        assert code(await root.get(path)) == (404, gone)


async def test_a_backend_is_named_after_its_provider_and_model(root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    provider = await shop.provider()
    backend = await shop.backend(provider_id=provider["id"], upstream_model="org/large:8b", timeout_s=3.5)
    assert backend["uri"] == f"{provider['name']}/org/large:8b"
    assert (backend["timeout_s"], backend["status"], backend["dimensions"]) == (3.5, "active", None)
    name = unique("renamed")
    data(await root.patch(f"/v1/providers/{provider['id']}", json={"name": name}))
    path = f"/v1/backends/{backend['id']}"
    assert data(await root.get(path))["uri"] == f"{name}/org/large:8b"
    changed = data(await root.patch(path, json={"upstream_model": "small", "connection": {"api_key": KEY}}))
    assert (changed["uri"], changed["has_own_connection"]) == (f"{name}/small", True)
    assert data(await root.patch(path, json={"connection": None}))["has_own_connection"] is False
    listed = data(await root.get("/v1/backends", params={"provider_id": provider["id"]}))
    assert [item["id"] for item in listed] == [backend["id"]]


async def test_a_backend_that_cannot_be_is_refused(root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    anthropic = await shop.provider(type="anthropic", base_url=None)
    body = {"provider_id": anthropic["id"], "upstream_model": "x", "modality": "chat"}

    async def refused(**said: Any) -> list[str]:
        return fields(await root.post("/v1/backends", json=body | said))

    assert await refused(modality="embedding") == ["modality"]
    assert await refused(dimensions=3) == ["dimensions"]
    assert await refused(provider_id="prv_none") == ["provider_id"]
    assert await refused(timeout_s=0) == ["timeout_s"]
    assert await refused(modality="video") == ["modality"]


async def test_routing_is_viewed_by_admins_and_managed_by_none_of_a_tenant(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    backend = await Shop(root).backend()
    provider, path = f"/v1/providers/{backend['provider_id']}", f"/v1/backends/{backend['id']}"
    admin, user = acme.client("admin"), acme.client("user")
    seen = data(await admin.get(provider))
    assert (seen["base_url"], seen["has_api_key"]) == (None, True)
    assert data(await admin.get(path)) == backend
    assert data(await admin.get(f"{path}/health"))["state"] == "unknown"
    for client, method, where in (
        (user, "GET", provider),
        (user, "GET", path),
        (user, "GET", f"{path}/health"),
        (admin, "POST", "/v1/providers"),
        (admin, "POST", "/v1/backends"),
        (admin, "PATCH", provider),
        (admin, "DELETE", path),
        (admin, "POST", f"{provider}/discover"),
    ):
        assert code(await client.request(method, where, json={})) == (403, "AUTHZ_PERMISSION_DENIED")


async def test_what_serves_only_others_models_is_not_there(acme: Organisation, root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    backend = await shop.backend()
    await shop.model(backends=[{"backend_id": backend["id"]}], visibility="tenants", tenant_ids=[])
    admin = acme.client("admin")
    for path in ("/v1/backends", "/v1/providers"):
        thing = backend["id"] if path == "/v1/backends" else backend["provider_id"]
        hidden, missing = await admin.get(f"{path}/{thing}"), await admin.get(f"{path}/none")
        assert hidden.status_code == 404
        assert hidden.json()["error"] == missing.json()["error"]
        assert thing not in [item["id"] for item in data(await admin.get(path, params={"limit": 100}))]
        assert thing in [item["id"] for item in data(await root.get(path, params={"limit": 100}))]
    health = await admin.get(f"/v1/backends/{backend['id']}/health")
    assert health.json()["error"] == (await admin.get("/v1/backends/none/health")).json()["error"]
