"""Partners and tenants: who founds them, who sees them, who sets their limits, and what suspending does."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.app.identity.asking import DENIED, data, refusal, same_but_for_the_request
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, unique


def named(slug: str, **more: object) -> dict[str, object]:
    return {"slug": slug, "display_name": "Named"} | more


async def test_the_platforms_administrator_founds_partners_and_tenants(root: httpx.AsyncClient) -> None:
    slug = unique("p")
    partner = data(await root.post("/v1/partners", json=named(slug)), 201)
    assert partner["slug"] == slug
    assert refusal(await root.post("/v1/partners", json=named(slug))) == (409, "SLUG_CONFLICT")
    assert data(await root.get(f"/v1/partners/{partner['id']}")) == partner
    body = named(unique("t"), partner_id=partner["id"], external_id=unique("ext"))
    tenant = data(await root.post("/v1/tenants", json=body), 201)
    assert (tenant["status"], tenant["settings"], tenant["partner_id"]) == ("active", {}, partner["id"])
    assert refusal(await root.post("/v1/tenants", json=body)) == (409, "SLUG_CONFLICT")
    again = await root.post("/v1/tenants", json=body | {"slug": unique("t")})
    assert refusal(again) == (409, "EXTERNAL_ID_CONFLICT")
    nowhere = await root.post("/v1/tenants", json=named(unique("t"), partner_id="prt_none"))
    assert refusal(nowhere) == (404, "PARTNER_NOT_FOUND")
    path, tag = f"/v1/partners/{partner['id']}", (await root.get(f"/v1/partners/{partner['id']}")).headers["etag"]
    assert data(await root.patch(path, json={"display_name": "New"}))["display_name"] == "New"
    stale = await root.patch(path, json={"display_name": "Newer"}, headers={"If-Match": tag})
    assert refusal(stale) == (412, "PRECONDITION_FAILED")


@pytest.mark.parametrize("slug", ["", "A", "ä", "a b", "a_b", "-a", "a-", "a" * 64, "a/b", "a\n"])
async def test_a_slug_is_lowercase_letters_digits_and_dashes(root: httpx.AsyncClient, slug: str) -> None:
    answer = await root.post("/v1/partners", json=named(slug))
    assert refusal(answer) == (422, "VALIDATION_ERROR")
    assert answer.json()["error"]["details"][0]["field"] == "slug"


async def test_a_keyed_founding_is_done_once(acme: Organisation, root: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": unique("key")}
    body = named(unique("t"), partner_id=acme.partner_id)
    first = await root.post("/v1/tenants", json=body, headers=headers)
    second = await root.post("/v1/tenants", json=body, headers=headers)
    assert data(first, 201) == data(second, 201)
    other = await root.post("/v1/tenants", json=body | {"display_name": "Other"}, headers=headers)
    assert refusal(other) == (422, "IDEMPOTENCY_MISMATCH")


async def test_who_runs_no_partner_founds_nothing(acme: Organisation) -> None:
    await acme.person("onlooker", "partner_viewer")
    await acme.person("boss", "partner_admin")
    tenant = named(unique("t"), partner_id=acme.partner_id)
    for name in ("admin", "user", "viewer", "onlooker"):
        assert refusal(await acme.client(name).post("/v1/tenants", json=tenant)) == DENIED
        assert refusal(await acme.client(name).post("/v1/tenants", json={"nonsense": 1})) == DENIED
    for name in ("admin", "user", "viewer", "onlooker", "boss"):
        assert refusal(await acme.client(name).post("/v1/partners", json=named(unique("p")))) == DENIED


async def test_a_partner_admin_founds_and_changes_tenants_of_the_partner_alone(
    acme: Organisation, running: Running
) -> None:
    await acme.person("boss", "partner_admin")
    boss, stranger = acme.client("boss"), await organisation(running)
    made = data(await boss.post("/v1/tenants", json=named(unique("t"), partner_id=acme.partner_id)), 201)
    path = f"/v1/tenants/{made['id']}"
    changed = data(await boss.patch(path, json={"status": "suspended", "settings": {"rate_limits": {"tenant": 5}}}))
    assert (changed["status"], changed["settings"]) == ("suspended", {"rate_limits": {"tenant": 5}})
    claimed = named(unique("t"), partner_id=acme.partner_id, external_id="somebody-elses")
    assert refusal(await boss.post("/v1/tenants", json=claimed)) == DENIED
    hidden = await boss.post("/v1/tenants", json=named(unique("t"), partner_id=stranger.partner_id))
    missing = await boss.post("/v1/tenants", json=named(unique("t"), partner_id="prt_none"))
    assert same_but_for_the_request(hidden, missing)
    for method in ("GET", "PATCH"):
        hidden = await boss.request(method, f"/v1/tenants/{stranger.id}")
        missing = await boss.request(method, "/v1/tenants/tnt_none")
        assert same_but_for_the_request(hidden, missing)
        assert refusal(hidden) == (404, "TENANT_NOT_FOUND")
    assert {tenant["id"] for tenant in data(await boss.get("/v1/tenants"))} == {acme.id, made["id"]}


async def test_partners_are_seen_by_those_who_work_for_them(
    acme: Organisation, running: Running, root: httpx.AsyncClient
) -> None:
    await acme.person("boss", "partner_admin")
    await acme.person("onlooker", "partner_viewer")
    stranger = await organisation(running)
    for name in ("boss", "onlooker"):
        client = acme.client(name)
        assert [partner["id"] for partner in data(await client.get("/v1/partners"))] == [acme.partner_id]
        hidden = await client.get(f"/v1/partners/{stranger.partner_id}")
        assert same_but_for_the_request(hidden, await client.get("/v1/partners/prt_none"))
        assert [tenant["id"] for tenant in data(await client.get("/v1/tenants"))] == [acme.id]
    path = f"/v1/partners/{acme.partner_id}"
    assert data(await acme.client("boss").patch(path, json={"display_name": "B"}))["display_name"] == "B"
    assert refusal(await acme.client("onlooker").patch(path, json={"display_name": "O"})) == DENIED
    for name in ("admin", "user", "viewer"):
        assert refusal(await acme.client(name).get("/v1/partners")) == DENIED
        assert refusal(await acme.client(name).get(path)) == DENIED


async def test_the_people_of_a_tenant_see_their_own_alone(acme: Organisation, running: Running) -> None:
    sister = await organisation(running, partner_id=acme.partner_id)
    for name in ("admin", "user", "viewer"):
        client = acme.client(name)
        assert data(await client.get(f"/v1/tenants/{acme.id}"))["slug"] == acme.slug
        assert [tenant["id"] for tenant in data(await client.get("/v1/tenants"))] == [acme.id]
        hidden, missing = await client.get(f"/v1/tenants/{sister.id}"), await client.get("/v1/tenants/tnt_none")
        assert same_but_for_the_request(hidden, missing)


async def test_a_tenants_admin_renames_it_and_raises_no_limits(acme: Organisation) -> None:
    admin, path = acme.client("admin"), f"/v1/tenants/{acme.id}"
    assert data(await admin.patch(path, json={"display_name": "Renamed"}))["display_name"] == "Renamed"
    attempts: list[dict[str, Any]] = [
        {"settings": {"rate_limits": {"tenant": 0}}},
        {"settings": {}},
        {"status": "active"},
    ]
    for body in attempts:
        assert refusal(await admin.patch(path, json=body)) == DENIED
    for name in ("user", "viewer"):
        assert refusal(await acme.client(name).patch(path, json={"display_name": "No"})) == DENIED


async def test_settings_change_key_by_key_and_null_goes_back(acme: Organisation, root: httpx.AsyncClient) -> None:
    path = f"/v1/tenants/{acme.id}"

    async def settings(said: dict[str, object]) -> object:
        return data(await root.patch(path, json={"settings": said}))["settings"]

    assert await settings({"rate_limits": {"key": 10, "user": 20}}) == {"rate_limits": {"key": 10, "user": 20}}
    both = {"rate_limits": {"key": 10, "user": 20}, "enabled_models": ["local/minilm"]}
    assert await settings({"enabled_models": ["local/minilm"]}) == both
    assert await settings({"rate_limits": {"key": None}}) == both | {"rate_limits": {"user": 20}}
    assert await settings({"rate_limits": None}) == {"enabled_models": ["local/minilm"]}
    assert await settings({"enabled_models": []}) == {"enabled_models": []}
    assert await settings({"enabled_models": None}) == {}


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"rate_limit": {}}, "settings.rate_limit"),
        ({"rate_limits": {"keys": 1}}, "settings.rate_limits.keys"),
        ({"rate_limits": {"key": -1}}, "settings.rate_limits.key"),
        ({"rate_limits": {"key": "many"}}, "settings.rate_limits.key"),
        ({"rate_limits": {"key": True}}, "settings.rate_limits.key"),
        ({"rate_limits": {"partner": 1}}, "settings.rate_limits.partner"),
        ({"enabled_models": "all"}, "settings.enabled_models"),
        ({"enabled_models": [""]}, "settings.enabled_models.0"),
    ],
)
async def test_a_wrong_setting_is_named(
    acme: Organisation, root: httpx.AsyncClient, settings: dict[str, object], field: str
) -> None:
    answer = await root.patch(f"/v1/tenants/{acme.id}", json={"settings": settings})
    assert refusal(answer) == (422, "VALIDATION_ERROR")
    assert answer.json()["error"]["details"][0]["field"] == field


async def test_a_limit_holds_from_the_next_request_on(acme: Organisation, root: httpx.AsyncClient) -> None:
    data(await root.patch(f"/v1/tenants/{acme.id}", json={"settings": {"rate_limits": {"user": 2}}}))
    user = acme.client("user")
    answers = [await user.get("/v1/me") for _ in range(4)]
    assert [answer.status_code for answer in answers][2:] == [429, 429]
    data(await root.patch(f"/v1/tenants/{acme.id}", json={"settings": {"rate_limits": None}}))
    assert (await user.get("/v1/me")).status_code == 200


async def test_a_suspended_tenants_people_are_out_at_once_and_their_keys_come_back(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    path = f"/v1/tenants/{acme.id}"
    assert (await acme.client("user").get("/v1/me")).status_code == 200
    data(await root.patch(path, json={"status": "suspended"}))
    for name in ("admin", "user", "viewer"):
        assert refusal(await acme.client(name).get("/v1/me")) == (401, "AUTH_TOKEN_INVALID")
    data(await root.patch(path, json={"status": "active"}))
    assert (await acme.client("user").get("/v1/me")).status_code == 200
