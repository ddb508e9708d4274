"""Groups, groups in groups, and the roles they bring: all of it counts for the very next request."""

from __future__ import annotations

from typing import Any

import httpx

from tests.app.identity.asking import DENIED, data, refusal, same_but_for_the_request
from tests.world.people import Organisation, organisation
from tests.world.platform import Running


async def group(client: httpx.AsyncClient, name: str, **more: Any) -> str:
    return str(data(await client.post("/v1/groups", json={"name": name} | more), 201)["id"])


async def join(client: httpx.AsyncClient, group_id: str, kind: str, member_id: str, status: int = 201) -> Any:
    body = {"type": kind, "id": member_id}
    return data(await client.post(f"/v1/groups/{group_id}/members", json=body), status)


async def test_a_group_comes_changes_and_goes(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = data(await admin.post("/v1/groups", json={"name": "Legal", "external_id": "ext-legal"}), 201)
    assert (made["tenant_id"], made["external_id"]) == (acme.id, "ext-legal")
    again = await admin.post("/v1/groups", json={"name": "Other", "external_id": "ext-legal"})
    assert refusal(again) == (409, "EXTERNAL_ID_CONFLICT")
    path = f"/v1/groups/{made['id']}"
    tag = (await admin.get(path)).headers["etag"]
    assert data(await admin.patch(path, json={"name": "Law"}, headers={"If-Match": tag}))["name"] == "Law"
    stale = await admin.patch(path, json={"name": "L"}, headers={"If-Match": tag})
    assert refusal(stale) == (412, "PRECONDITION_FAILED")
    assert [found["name"] for found in data(await admin.get("/v1/groups"))] == ["Law"]
    assert data(await admin.delete(path)) == {"deleted": True}
    assert refusal(await admin.delete(path)) == (404, "GROUP_NOT_FOUND")


async def test_two_groups_may_have_one_name(acme: Organisation) -> None:
    admin = acme.client("admin")
    assert await group(admin, "Same") != await group(admin, "Same")


async def test_members_are_people_and_groups_and_joining_twice_is_once(acme: Organisation) -> None:
    admin, user = acme.client("admin"), acme.people["user"]
    outer, inner = await group(admin, "Outer"), await group(admin, "Inner")
    assert await join(admin, outer, "user", user.id) == {"type": "user", "id": user.id, "name": "User"}
    assert await join(admin, outer, "group", inner) == {"type": "group", "id": inner, "name": "Inner"}
    await join(admin, outer, "user", user.id, status=200)
    await join(admin, outer, "group", inner, status=200)
    path = f"/v1/groups/{outer}/members"
    seen, cursor = [], None
    for _ in range(2):
        answer = await admin.get(path, params={"limit": 1} | ({"cursor": cursor} if cursor else {}))
        seen += [member["id"] for member in data(answer)]
        cursor = answer.json()["meta"]["next_cursor"]
    assert seen == sorted([user.id, inner], reverse=True)
    assert cursor is None
    for member in seen:
        assert data(await admin.delete(f"{path}/{member}")) == {"deleted": True}
        assert refusal(await admin.delete(f"{path}/{member}")) == (404, "GROUP_MEMBER_NOT_FOUND")


async def test_a_person_is_in_every_group_above_theirs_even_in_a_circle(acme: Organisation) -> None:
    admin, user = acme.client("admin"), acme.client("user")
    ring = [await group(admin, f"Ring {number}") for number in range(3)]
    for child, parent in zip(ring, ring[1:] + ring[:1], strict=True):
        await join(admin, parent, "group", child)
    await join(admin, ring[0], "group", ring[0])
    await join(admin, ring[1], "user", acme.people["user"].id)
    assert data(await user.get("/v1/me"))["group_ids"] == sorted(ring)
    data(await admin.delete(f"/v1/groups/{ring[2]}"))
    assert data(await user.get("/v1/me"))["group_ids"] == [ring[1]]


async def test_foreign_people_and_groups_cannot_be_members_and_are_not_there(
    acme: Organisation, running: Running, root: httpx.AsyncClient
) -> None:
    other = await organisation(running)
    admin, mine = acme.client("admin"), await group(acme.client("admin"), "Mine")
    theirs = await group(other.client("admin"), "Theirs")
    for kind, foreign, code in [
        ("user", other.people["user"].id, "USER_NOT_FOUND"),
        ("group", theirs, "GROUP_NOT_FOUND"),
        ("user", theirs, "USER_NOT_FOUND"),
    ]:
        for client in (admin, root):  # not even the platform's administrator mixes tenants
            hidden = await client.post(f"/v1/groups/{mine}/members", json={"type": kind, "id": foreign})
            missing = await client.post(f"/v1/groups/{mine}/members", json={"type": kind, "id": "none"})
            assert same_but_for_the_request(hidden, missing)
            assert refusal(hidden) == (404, code)
    for method, path in [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/members"), ("POST", "/members")]:
        hidden = await admin.request(method, f"/v1/groups/{theirs}{path}")
        missing = await admin.request(method, f"/v1/groups/grp_none{path}")
        assert same_but_for_the_request(hidden, missing)
    foreign_tenant = await admin.post("/v1/groups", json={"name": "x", "tenant_id": other.id})
    assert refusal(foreign_tenant) == (404, "TENANT_NOT_FOUND")
    await other.aclose()


async def test_only_managers_of_people_see_or_change_groups(acme: Organisation) -> None:
    for name in ("user", "viewer"):
        for method, path in [("GET", ""), ("POST", ""), ("GET", "/grp_none"), ("POST", "/grp_none/members")]:
            assert refusal(await acme.client(name).request(method, f"/v1/groups{path}")) == DENIED


async def test_a_mapped_role_comes_and_goes_with_the_group(acme: Organisation) -> None:
    admin, viewer = acme.client("admin"), acme.client("viewer")
    outer, inner = await group(admin, "Outer"), await group(admin, "Inner")
    mapping = data(await admin.post("/v1/role-mappings", json={"group_id": outer, "role": "tenant_user"}), 201)
    again = await admin.post("/v1/role-mappings", json={"group_id": outer, "role": "tenant_user"})
    assert refusal(again) == (409, "ROLE_MAPPING_CONFLICT")

    async def roles() -> list[str]:
        return list(data(await viewer.get("/v1/me"))["roles"])

    await join(admin, inner, "user", acme.people["viewer"].id)
    assert await roles() == ["tenant_viewer"]
    await join(admin, outer, "group", inner)
    assert await roles() == ["tenant_user", "tenant_viewer"]
    data(await admin.delete(f"/v1/groups/{outer}/members/{inner}"))
    assert await roles() == ["tenant_viewer"]
    await join(admin, outer, "group", inner)
    assert data(await admin.get(f"/v1/role-mappings/{mapping['id']}")) == mapping
    data(await admin.delete(f"/v1/role-mappings/{mapping['id']}"))
    assert await roles() == ["tenant_viewer"]
    assert refusal(await admin.get(f"/v1/role-mappings/{mapping['id']}")) == (404, "ROLE_MAPPING_NOT_FOUND")


async def test_a_mapping_names_one_role_and_a_group_of_the_tenant(acme: Organisation, running: Running) -> None:
    other = await organisation(running)
    admin, mine = acme.client("admin"), await group(acme.client("admin"), "Mine")
    theirs = await group(other.client("admin"), "Theirs")
    role = data(await other.client("admin").post("/v1/iam/custom-roles", json={"name": "t", "permissions": []}), 201)
    for body in ({"group_id": mine}, {"group_id": mine, "role": "tenant_user", "custom_role_id": role["id"]}):
        assert refusal(await admin.post("/v1/role-mappings", json=body)) == (422, "VALIDATION_ERROR")
    hidden = await admin.post("/v1/role-mappings", json={"group_id": theirs, "role": "tenant_user"})
    missing = await admin.post("/v1/role-mappings", json={"group_id": "grp_none", "role": "tenant_user"})
    assert same_but_for_the_request(hidden, missing)
    foreign = await admin.post("/v1/role-mappings", json={"group_id": mine, "custom_role_id": role["id"]})
    assert refusal(foreign) == (404, "CUSTOM_ROLE_NOT_FOUND")
    await other.aclose()
