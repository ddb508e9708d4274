"""People are added, changed and suspended by those who may, and hidden from everybody else."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.app.identity.asking import DENIED, data, new_user, refusal, same_but_for_the_request
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, unique


async def test_an_admin_adds_lists_finds_and_renames_people(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await new_user(admin, "tenant_user", email="Ada@Example.com", name="Ada")
    assert (made["email"], made["tenant_id"], made["status"]) == ("ada@example.com", acme.id, "active")
    found = data(await admin.get("/v1/users", params={"email": "ADA@example.com"}))
    assert [user["id"] for user in found] == [made["id"]]
    renamed = data(await admin.patch(f"/v1/users/{made['id']}", json={"name": "Ada L."}))
    assert renamed["name"] == "Ada L."
    assert data(await admin.get(f"/v1/users/{made['id']}")) == renamed


async def test_the_list_goes_on_page_by_page(acme: Organisation) -> None:
    admin, seen, place = acme.client("admin"), [], ""
    while True:
        answer = await admin.get(f"/v1/users?limit=2&order=asc{place}")
        seen += [user["id"] for user in data(answer)]
        place = f"&cursor={answer.json()['meta']['next_cursor']}"
        if not answer.json()["meta"]["has_more"]:
            break
    assert sorted(seen) == seen
    assert set(seen) == {person.id for person in acme.people.values()}


async def test_two_people_of_a_tenant_never_share_an_address(acme: Organisation, running: Running) -> None:
    admin = acme.client("admin")
    made = await new_user(admin, "tenant_user", email="same@example.com")
    again = await admin.post("/v1/users", json={"email": "SAME@example.com", "name": "B", "roles": ["tenant_user"]})
    assert refusal(again) == (409, "EMAIL_CONFLICT")
    other = await organisation(running)
    assert (await new_user(other.client("admin"), email="same@example.com"))["id"] != made["id"]
    await other.aclose()


@pytest.mark.parametrize(
    ("body", "field", "advice"),
    [
        ({"email": "nobody", "name": "N", "roles": []}, "email", "address"),
        ({"email": "a@b.c", "name": " ", "roles": []}, "name", ""),
        ({"email": "a@b.c", "name": "N", "roles": ["tenant_usr"]}, "roles.0", "tenant_user"),
        ({"email": "a@b.c", "name": "N"}, "roles", "required"),
        ({"email": "a@b.c", "name": "N", "role": "tenant_user", "roles": []}, "role", "'roles'"),
        ({"email": "a@b.c", "name": "N", "roles": [], "status": "active"}, "status", "unknown"),
    ],
)
async def test_a_wrong_field_is_named(acme: Organisation, body: dict[str, object], field: str, advice: str) -> None:
    answer = await acme.client("admin").post("/v1/users", json=body)
    assert refusal(answer) == (422, "VALIDATION_ERROR")
    issue = answer.json()["error"]["details"][0]
    assert issue["field"] == field
    assert advice in issue["message"]


async def test_who_runs_many_tenants_must_say_which(
    acme: Organisation, root: httpx.AsyncClient, running: Running
) -> None:
    await acme.person("boss", "partner_admin")
    body = {"email": "x@example.com", "name": "X", "roles": ["tenant_user"]}
    for client in (root, acme.client("boss")):
        answer = await client.post("/v1/users", json=body)
        assert refusal(answer) == (422, "VALIDATION_ERROR")
        assert answer.json()["error"]["details"][0]["field"] == "tenant_id"
    in_body = await new_user(root, "tenant_user", tenant_id=acme.id)
    assert in_body["tenant_id"] == acme.id
    in_query = await root.post("/v1/users", params={"tenant_id": acme.id}, json=body)
    assert data(in_query, 201)["tenant_id"] == acme.id


async def test_a_keyed_creation_in_another_tenant_is_done_once(acme: Organisation, root: httpx.AsyncClient) -> None:
    body = {"email": "once@example.com", "name": "Once", "roles": ["tenant_user"], "tenant_id": acme.id}
    headers = {"Idempotency-Key": unique("key")}
    first = await root.post("/v1/users", json=body, headers=headers)
    second = await root.post("/v1/users", json=body, headers=headers)
    assert data(second, 201) == data(first, 201)
    assert second.headers["idempotency-replayed"] == "true"
    taken = {"Idempotency-Key": unique("key")}
    for _ in range(2):  # a failed request leaves its key free
        assert refusal(await root.post("/v1/users", json=body, headers=taken)) == (409, "EMAIL_CONFLICT")


async def test_a_tenant_admin_reaches_nobody_elsewhere_and_cannot_tell(acme: Organisation, running: Running) -> None:
    other = await organisation(running, partner_id=acme.partner_id)
    admin, foreign = acme.client("admin"), other.people["user"].id
    body = {"email": "x@example.com", "name": "X", "roles": ["tenant_user"]}
    attempts: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PATCH", "", {"status": "suspended"}),
        ("PATCH", "", {"nonsense": 1}),
        ("PUT", "/roles", {"roles": ["tenant_viewer"]}),
        ("GET", "/module-permissions", None),
        ("PUT", "/module-permissions", {"permissions": []}),
    ]
    for method, path, said in attempts:
        hidden = await admin.request(method, f"/v1/users/{foreign}{path}", json=said)
        missing = await admin.request(method, f"/v1/users/usr_none{path}", json=said)
        assert same_but_for_the_request(hidden, missing)
        assert refusal(hidden) == (404, "USER_NOT_FOUND")
    hidden = await admin.post("/v1/users", json=body | {"tenant_id": other.id})
    missing = await admin.post("/v1/users", json=body | {"tenant_id": "tnt_none"})
    assert same_but_for_the_request(hidden, missing)
    assert (await admin.get("/v1/users", params={"tenant_id": other.id})).status_code == 404
    await other.aclose()


async def test_a_partner_admin_reaches_the_partners_tenants_alone(acme: Organisation, running: Running) -> None:
    await acme.person("boss", "partner_admin")
    sister, stranger = await organisation(running, partner_id=acme.partner_id), await organisation(running)
    boss = acme.client("boss")
    assert data(await boss.get(f"/v1/users/{sister.people['user'].id}"))["tenant_id"] == sister.id
    assert refusal(await boss.get(f"/v1/users/{stranger.people['user'].id}")) == (404, "USER_NOT_FOUND")
    made = await new_user(boss, "tenant_admin", tenant_id=sister.id)
    assert made["tenant_id"] == sister.id


async def test_who_does_not_manage_people_is_refused_before_anything_is_looked_up(acme: Organisation) -> None:
    for name in ("user", "viewer"):
        client = acme.client(name)
        for method, path in [("GET", ""), ("POST", ""), ("GET", "/usr_none"), ("PUT", "/usr_none/roles")]:
            assert refusal(await client.request(method, f"/v1/users{path}")) == DENIED


async def test_a_suspended_person_is_out_at_once_and_the_keys_come_back(acme: Organisation) -> None:
    admin, user = acme.client("admin"), acme.client("user")
    path = f"/v1/users/{acme.people['user'].id}"
    assert (await user.get("/v1/me")).status_code == 200
    data(await admin.patch(path, json={"status": "suspended"}))
    assert refusal(await user.get("/v1/me")) == (401, "AUTH_TOKEN_INVALID")
    assert [found["id"] for found in data(await admin.get("/v1/users?status=suspended"))] == [acme.people["user"].id]
    data(await admin.patch(path, json={"status": "active"}))
    assert (await user.get("/v1/me")).status_code == 200


async def test_a_change_against_an_old_version_is_refused(acme: Organisation) -> None:
    admin, path = acme.client("admin"), f"/v1/users/{acme.people['user'].id}"
    tag = (await admin.get(path)).headers["etag"]
    assert (await admin.get(path, headers={"If-None-Match": tag})).status_code == 304
    changed = await admin.patch(path, json={"name": "New"}, headers={"If-Match": tag})
    assert changed.headers["etag"] != tag
    stale = await admin.put(f"{path}/roles", json={"roles": ["tenant_viewer"]}, headers={"If-Match": tag})
    assert refusal(stale) == (412, "PRECONDITION_FAILED")


async def test_direct_module_permissions_hold_from_the_next_request_on(acme: Organisation) -> None:
    admin, user = acme.client("admin"), acme.client("user")
    path = f"/v1/users/{acme.people['user'].id}/module-permissions"
    assert data(await admin.get(path)) == {"permissions": [], "effective": []}
    wanted = {"permissions": ["scaimatrix:search", "scaimatrix:view"]}
    assert data(await admin.put(path, json=wanted))["effective"] == wanted["permissions"]
    assert "scaimatrix:search" in data(await user.get("/v1/me"))["permissions"]
    core = await admin.put(path, json={"permissions": ["users:manage"]})
    assert refusal(core) == (422, "VALIDATION_ERROR")
    wrong = await admin.put(path, json={"permissions": ["scaimatrix:serch"]})
    assert "scaimatrix:search" in wrong.json()["error"]["details"][0]["message"]
    data(await admin.put(path, json={"permissions": []}))
    assert "scaimatrix:search" not in data(await user.get("/v1/me"))["permissions"]


async def test_nobody_locks_themselves_out(acme: Organisation, root: httpx.AsyncClient) -> None:
    admin, own = acme.client("admin"), f"/v1/users/{acme.people['admin'].id}"
    assert refusal(await admin.patch(own, json={"status": "suspended"})) == (409, "SELF_LOCKOUT")
    assert refusal(await admin.put(f"{own}/roles", json={"roles": ["tenant_user"]})) == (409, "SELF_LOCKOUT")
    myself = data(await root.get("/v1/me"))
    demoted = await root.put(f"/v1/users/{myself['id']}/roles", json={"roles": ["tenant_admin"]})
    assert refusal(demoted) == (409, "SELF_LOCKOUT")
    assert data(await root.get("/v1/me"))["roles"] == myself["roles"]
    suspended = await root.patch(f"/v1/tenants/{myself['tenant_id']}", json={"status": "suspended"})
    assert refusal(suspended) == (409, "SELF_LOCKOUT")


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000", "a\\nb", "\\u202e"])
async def test_odd_characters_are_kept_or_refused_and_break_nothing(acme: Organisation, text: str) -> None:
    body = f'{{"email": "{text}@example.com", "name": "{text}x", "roles": []}}'
    answer = await acme.client("admin").post("/v1/users", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {201, 422}, answer.text
