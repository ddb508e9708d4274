"""A tenant's own roles: they change for everybody who has them at the next request, in every process."""

from __future__ import annotations

import tempfile
from pathlib import Path

import httpx

from tests.app.identity.asking import DENIED, data, refusal, same_but_for_the_request
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, settings_for
from tests.world.platform import running as run

ROLES = "/v1/iam/custom-roles"


async def searcher(admin: httpx.AsyncClient) -> dict[str, str]:
    body = {"name": "searcher", "description": "Looks", "permissions": ["scaimatrix:search"]}
    made: dict[str, str] = data(await admin.post(ROLES, json=body), 201)
    return made


async def test_a_role_comes_changes_and_goes(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await searcher(admin)
    path = f"{ROLES}/{made['id']}"
    again = await admin.post(ROLES, json={"name": "searcher", "permissions": []})
    assert refusal(again) == (409, "CUSTOM_ROLE_CONFLICT")
    other = data(await admin.post(ROLES, json={"name": "other", "permissions": []}), 201)
    taken = await admin.patch(f"{ROLES}/{other['id']}", json={"name": "searcher"})
    assert refusal(taken) == (409, "CUSTOM_ROLE_CONFLICT")
    tag = (await admin.get(path)).headers["etag"]
    changed = data(await admin.patch(path, json={"description": ""}, headers={"If-Match": tag}))
    assert (changed["description"], changed["permissions"]) == ("", ["scaimatrix:search"])
    stale = await admin.delete(path, headers={"If-Match": tag})
    assert refusal(stale) == (412, "PRECONDITION_FAILED")
    assert data(await admin.delete(path)) == {"deleted": True}
    assert refusal(await admin.get(path)) == (404, "CUSTOM_ROLE_NOT_FOUND")
    unknown = await admin.post(ROLES, json={"name": "n", "permissions": ["scaimatrix:serch"]})
    assert "scaimatrix:search" in unknown.json()["error"]["details"][0]["message"]


async def test_a_role_given_changed_and_deleted_counts_at_once(acme: Organisation) -> None:
    admin, user = acme.client("admin"), acme.client("user")
    made, path = await searcher(admin), f"/v1/users/{acme.people['user'].id}"

    async def modules() -> set[str]:
        return {name for name in data(await user.get("/v1/me"))["permissions"] if name.startswith("scai")}

    given = {"roles": ["tenant_user"], "custom_role_ids": [made["id"]]}
    assert data(await admin.put(f"{path}/roles", json=given))["custom_role_ids"] == [made["id"]]
    assert await modules() == {"scaimatrix:search"}
    data(await admin.patch(f"{ROLES}/{made['id']}", json={"permissions": ["scaimatrix:view"]}))
    assert await modules() == {"scaimatrix:view"}
    kept = data(await admin.put(f"{path}/roles", json={"roles": ["tenant_user"]}))
    assert kept["custom_role_ids"] == [made["id"]]  # what is not said stays
    data(await admin.delete(f"{ROLES}/{made['id']}"))
    assert await modules() == set()
    assert data(await admin.get(path))["custom_role_ids"] == []


async def test_a_role_of_another_tenant_is_not_there(acme: Organisation, running: Running) -> None:
    other = await organisation(running)
    theirs, admin = await searcher(other.client("admin")), acme.client("admin")
    for method in ("GET", "PATCH", "DELETE"):
        hidden = await admin.request(method, f"{ROLES}/{theirs['id']}")
        missing = await admin.request(method, f"{ROLES}/role_none")
        assert same_but_for_the_request(hidden, missing)
    path = f"/v1/users/{acme.people['user'].id}/roles"
    given = await admin.put(path, json={"roles": [], "custom_role_ids": [theirs["id"]]})
    assert refusal(given) == (404, "CUSTOM_ROLE_NOT_FOUND")
    assert refusal(await acme.client("user").get(ROLES)) == DENIED
    await other.aclose()


async def test_every_change_of_rights_counts_at_once_in_another_process() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_for(Path(folder))
        async with run(settings) as one, run(settings) as two:
            acme = await organisation(one)
            admin = acme.client("admin")
            async with two.client(acme.people["user"].key) as there:
                await _watch_changes_arrive(acme, admin, there)
            await acme.aclose()


async def _watch_changes_arrive(acme: Organisation, admin: httpx.AsyncClient, there: httpx.AsyncClient) -> None:
    user = acme.people["user"].id

    async def holds(permission: str) -> bool:
        return permission in data(await there.get("/v1/me"))["permissions"]

    assert not await holds("scaimatrix:search")
    role = await searcher(admin)
    outer, inner = [data(await admin.post("/v1/groups", json={"name": n}), 201)["id"] for n in ("outer", "inner")]
    body = {"group_id": outer, "custom_role_id": role["id"]}
    mapping = data(await admin.post("/v1/role-mappings", json=body), 201)
    data(await admin.post(f"/v1/groups/{inner}/members", json={"type": "user", "id": user}), 201)
    assert not await holds("scaimatrix:search")
    data(await admin.post(f"/v1/groups/{outer}/members", json={"type": "group", "id": inner}), 201)
    assert await holds("scaimatrix:search")
    data(await admin.patch(f"{ROLES}/{role['id']}", json={"permissions": ["scaimatrix:view"]}))
    assert not await holds("scaimatrix:search")
    assert await holds("scaimatrix:view")
    data(await admin.delete(f"/v1/groups/{outer}/members/{inner}"))
    assert not await holds("scaimatrix:view")
    data(await admin.post(f"/v1/groups/{outer}/members", json={"type": "group", "id": inner}), 201)
    assert await holds("scaimatrix:view")
    data(await admin.delete(f"/v1/role-mappings/{mapping['id']}"))
    assert not await holds("scaimatrix:view")
    data(await admin.patch(f"/v1/users/{user}", json={"status": "suspended"}))
    assert (await there.get("/v1/me")).status_code == 401
    data(await admin.patch(f"/v1/users/{user}", json={"status": "active"}))
    keys = data(await admin.get("/v1/api-keys", params={"user_id": user}))
    assert (await there.get("/v1/me")).status_code == 200
    data(await admin.delete(f"/v1/api-keys/{keys[0]['id']}"))
    assert (await there.get("/v1/me")).status_code == 401
