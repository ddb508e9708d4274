"""Keys: shown once, narrowed, ended, revoked at once, and nobody else's business."""

from __future__ import annotations

import httpx
import pytest

from tests.app.identity.asking import DENIED, data, key_for, new_user, refusal, same_but_for_the_request
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, unique


async def test_a_key_is_shown_once_and_works(acme: Organisation, running: Running) -> None:
    user = acme.client("user")
    made = data(await user.post("/v1/api-keys", json={"name": "laptop"}), 201)
    assert made["key"].startswith("sgk_")
    assert made["key"].startswith(made["prefix"])
    assert len(made["key"]) >= 36
    assert made["user_id"] == acme.people["user"].id
    shown = await user.get(f"/v1/api-keys/{made['id']}")
    assert made["key"] not in shown.text
    assert "key" not in data(shown)
    async with running.client(made["key"]) as client:
        assert data(await client.get("/v1/me"))["api_key_id"] == made["id"]


async def test_a_use_shows_as_the_last_one(acme: Organisation, running: Running) -> None:
    user = acme.client("user")
    made = data(await user.post("/v1/api-keys", json={"name": "laptop"}), 201)
    assert made["last_used_at"] is None
    async with running.client(made["key"]) as client:
        await client.get("/v1/me")
    assert data(await user.get(f"/v1/api-keys/{made['id']}"))["last_used_at"].endswith("Z")
    listed = {key["id"]: key for key in data(await user.get("/v1/api-keys"))}
    assert listed[made["id"]]["last_used_at"] is not None


async def test_a_revoked_key_is_out_at_once_and_gone(acme: Organisation, running: Running) -> None:
    user = acme.client("user")
    made = data(await user.post("/v1/api-keys", json={"name": "lost"}), 201)
    path = f"/v1/api-keys/{made['id']}"
    async with running.client(made["key"]) as client:
        assert (await client.get("/v1/me")).status_code == 200
        assert data(await user.delete(path)) == {"deleted": True}
        assert refusal(await client.get("/v1/me")) == (401, "AUTH_TOKEN_INVALID")
    missing = await user.get("/v1/api-keys/apikey_none")
    for answer in (await user.get(path), await user.delete(path), await user.patch(path, json={"nonsense": 1})):
        assert same_but_for_the_request(answer, missing)
    assert made["id"] not in [key["id"] for key in data(await user.get("/v1/api-keys"))]


async def test_a_replayed_creation_shows_the_same_key(acme: Organisation) -> None:
    user, headers = acme.client("user"), {"Idempotency-Key": unique("key")}
    first = await user.post("/v1/api-keys", json={"name": "once"}, headers=headers)
    second = await user.post("/v1/api-keys", json={"name": "once"}, headers=headers)
    assert data(first, 201) == data(second, 201)


async def test_scopes_narrow_and_never_widen(acme: Organisation, running: Running) -> None:
    user = acme.client("user")
    scopes = {"name": "narrow", "scopes": ["models:list", "users:manage"]}
    async with running.client(data(await user.post("/v1/api-keys", json=scopes), 201)["key"]) as narrow:
        assert data(await narrow.get("/v1/me"))["permissions"] == ["models:list"]
        assert refusal(await narrow.get("/v1/users")) == DENIED
        assert refusal(await narrow.get("/v1/api-keys")) == (403, "AUTH_INSUFFICIENT_SCOPE")
    nothing = data(await user.post("/v1/api-keys", json={"name": "nothing", "scopes": []}), 201)
    async with running.client(nothing["key"]) as client:
        assert data(await client.get("/v1/me"))["permissions"] == []


@pytest.mark.parametrize(
    ("body", "field", "advice"),
    [
        ({"name": "k", "scopes": ["modles:list"]}, "scopes.0", "models:list"),
        ({"name": "k", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at", "past"),
        ({"name": "k", "expires_at": "2099-01-01T00:00:00"}, "expires_at", "timezone"),
        ({"name": "k", "scope": ["models:list"]}, "scope", "'scopes'"),
        ({"name": ""}, "name", ""),
        ({}, "name", "required"),
    ],
)
async def test_a_wrong_field_is_named(acme: Organisation, body: dict[str, object], field: str, advice: str) -> None:
    answer = await acme.client("user").post("/v1/api-keys", json=body)
    assert refusal(answer) == (422, "VALIDATION_ERROR")
    issue = answer.json()["error"]["details"][0]
    assert issue["field"] == field
    assert advice in issue["message"]


async def test_people_see_their_own_keys_and_managers_all_of_the_tenant(acme: Organisation) -> None:
    own = {key["user_id"] for key in data(await acme.client("user").get("/v1/api-keys"))}
    assert own == {acme.people["user"].id}
    everybody = {key["user_id"] for key in data(await acme.client("admin").get("/v1/api-keys"))}
    assert everybody == {person.id for person in acme.people.values()}
    viewer = acme.people["viewer"].id
    one = data(await acme.client("admin").get("/v1/api-keys", params={"user_id": viewer}))
    assert {key["user_id"] for key in one} == {viewer}
    assert data(await acme.client("user").get("/v1/api-keys", params={"user_id": viewer})) == []
    assert refusal(await acme.client("viewer").get("/v1/api-keys")) == DENIED


async def test_another_persons_key_is_not_there_for_who_manages_nobody(acme: Organisation, running: Running) -> None:
    user, other = acme.client("user"), await organisation(running)
    for owner, client in [(acme, acme.client("admin")), (other, other.client("admin"))]:
        made = data(await client.post("/v1/api-keys", json={"name": "theirs"}), 201)
        for method in ("GET", "PATCH", "DELETE"):
            hidden = await user.request(method, f"/v1/api-keys/{made['id']}")
            missing = await user.request(method, "/v1/api-keys/apikey_none")
            assert same_but_for_the_request(hidden, missing)
            assert refusal(hidden) == (404, "API_KEY_NOT_FOUND")
        body = {"name": "k", "assigned_user_id": owner.people["viewer"].id}
        hidden = await user.post("/v1/api-keys", json=body)
        missing = await user.post("/v1/api-keys", json=body | {"assigned_user_id": "usr_none"})
        assert same_but_for_the_request(hidden, missing)
        assert refusal(hidden) == (404, "USER_NOT_FOUND")
    await other.aclose()


async def test_managers_make_keys_for_the_people_they_manage(
    acme: Organisation, root: httpx.AsyncClient, running: Running
) -> None:
    viewer = acme.people["viewer"].id
    async with running.client(await key_for(acme.client("admin"), viewer)) as client:
        assert data(await client.get("/v1/me"))["id"] == viewer
    made = await new_user(root, "tenant_user", tenant_id=acme.id)
    async with running.client(await key_for(root, made["id"])) as client:
        assert data(await client.get("/v1/me"))["tenant_id"] == acme.id


async def test_renaming_is_all_that_can_change(acme: Organisation) -> None:
    user = acme.client("user")
    made = data(await user.post("/v1/api-keys", json={"name": "old", "scopes": ["models:list"]}), 201)
    path = f"/v1/api-keys/{made['id']}"
    assert data(await user.patch(path, json={"name": "new"}))["name"] == "new"
    for body in ({"scopes": None}, {"expires_at": None}, {"user_id": "usr_x"}):
        assert refusal(await user.patch(path, json=body)) == (422, "VALIDATION_ERROR")
