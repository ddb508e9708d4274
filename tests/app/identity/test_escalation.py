"""Nobody gives, takes or reaches what they do not hold, whichever way they try."""

from __future__ import annotations

import httpx
import pytest

from tests.app.identity.asking import DENIED, data, key_for, new_user, permissions_of, refusal
from tests.world.people import Organisation, organisation
from tests.world.platform import Running

ABOVE_A_TENANT = ["partner_viewer", "partner_admin", "super_admin"]


async def group_with(client: httpx.AsyncClient, tenant_id: str, role: str) -> str:
    """A group that brings a role."""
    group = data(await client.post("/v1/groups", json={"name": role, "tenant_id": tenant_id}), 201)
    data(await client.post("/v1/role-mappings", json={"group_id": group["id"], "role": role}), 201)
    return str(group["id"])


@pytest.mark.parametrize("role", ABOVE_A_TENANT)
async def test_a_tenant_admin_gives_no_role_above_the_tenant(acme: Organisation, role: str) -> None:
    admin, user = acme.client("admin"), acme.people["user"].id
    body = {"email": "new@example.com", "name": "N", "roles": ["tenant_user", role]}
    assert refusal(await admin.post("/v1/users", json=body)) == DENIED
    assert refusal(await admin.put(f"/v1/users/{user}/roles", json={"roles": [role]})) == DENIED
    own = acme.people["admin"].id
    assert refusal(await admin.put(f"/v1/users/{own}/roles", json={"roles": ["tenant_admin", role]})) == DENIED
    group = data(await admin.post("/v1/groups", json={"name": "Ladder"}), 201)
    assert refusal(await admin.post("/v1/role-mappings", json={"group_id": group["id"], "role": role})) == DENIED


async def test_a_partner_admin_gives_everything_but_the_platform(acme: Organisation) -> None:
    await acme.person("boss", "partner_admin")
    boss = acme.client("boss")
    roles = ["tenant_viewer", "tenant_user", "tenant_admin", "partner_viewer", "partner_admin"]
    made = await new_user(boss, *roles, tenant_id=acme.id)
    assert set(made["roles"]) == set(roles)
    assert refusal(await boss.put(f"/v1/users/{made['id']}/roles", json={"roles": ["super_admin"]})) == DENIED


async def test_nobody_touches_who_holds_more(acme: Organisation, root: httpx.AsyncClient, running: Running) -> None:
    boss = await acme.person("boss", "partner_admin")
    key = data(await root.post("/v1/api-keys", json={"name": "k", "assigned_user_id": boss.id}), 201)
    admin, path = acme.client("admin"), f"/v1/users/{boss.id}"
    for method, place, body in [
        ("PATCH", path, {"status": "suspended"}),
        ("PATCH", path, {"name": "Fool"}),
        ("PUT", f"{path}/roles", {"roles": ["tenant_user"]}),
        ("PUT", f"{path}/module-permissions", {"permissions": []}),
        ("POST", "/v1/api-keys", {"name": "stolen", "assigned_user_id": boss.id}),
        ("PATCH", f"/v1/api-keys/{key['id']}", {"name": "stolen"}),
        ("DELETE", f"/v1/api-keys/{key['id']}", None),
    ]:
        assert refusal(await admin.request(method, place, json=body)) == DENIED, (method, place)
    assert (await acme.client("boss").get("/v1/me")).status_code == 200


async def test_a_partner_admin_of_the_platforms_own_partner_does_not_reach_its_administrators(
    root: httpx.AsyncClient, running: Running
) -> None:
    myself = data(await root.get("/v1/me"))
    made = await new_user(root, "partner_admin", tenant_id=myself["tenant_id"])
    async with running.client(await key_for(root, made["id"])) as boss:
        for method, place, body in [
            ("PATCH", f"/v1/users/{myself['id']}", {"status": "suspended"}),
            ("POST", "/v1/api-keys", {"name": "stolen", "assigned_user_id": myself["id"]}),
            ("DELETE", f"/v1/api-keys/{myself['api_key_id']}", None),
        ]:
            assert refusal(await boss.request(method, place, json=body)) == DENIED
        own = await boss.patch(f"/v1/tenants/{myself['tenant_id']}", json={"status": "suspended"})
        assert refusal(own) == (409, "SELF_LOCKOUT")
    assert (await root.get("/v1/me")).status_code == 200


async def test_a_sister_tenants_partner_admin_cannot_suspend_the_platforms_tenant(
    root: httpx.AsyncClient, running: Running
) -> None:
    myself = data(await root.get("/v1/me"))
    sister = await organisation(running, partner_id=myself["partner_id"])
    await sister.person("boss", "partner_admin")
    answer = await sister.client("boss").patch(f"/v1/tenants/{myself['tenant_id']}", json={"status": "suspended"})
    assert refusal(answer) == DENIED
    await sister.aclose()


async def test_a_manager_of_people_who_is_no_admin_makes_no_admins(acme: Organisation, root: httpx.AsyncClient) -> None:
    role = {"name": "people", "permissions": ["users:manage", "models:list", "accounting:view_own"]}
    made = data(await acme.client("admin").post("/v1/iam/custom-roles", json=role), 201)
    clerk = await acme.person("clerk")
    path = f"/v1/users/{clerk.id}/roles"
    data(await acme.client("admin").put(path, json={"roles": [], "custom_role_ids": [made["id"]]}))
    client = acme.client("clerk")
    for wanted in ("tenant_admin", "tenant_user", "tenant_viewer"):  # a viewer holds module permissions too
        body = {"email": "n@example.com", "name": "N", "roles": [wanted]}
        assert refusal(await client.post("/v1/users", json=body)) == DENIED
    await new_user(client)
    own = await client.put(f"/v1/users/{clerk.id}/module-permissions", json={"permissions": ["scaimatrix:view"]})
    assert refusal(own) == DENIED
    admins = await client.post("/v1/api-keys", json={"name": "k", "assigned_user_id": acme.people["admin"].id})
    assert refusal(admins) == DENIED
    peer = await acme.person("peer")
    peers = await client.post("/v1/api-keys", json={"name": "k", "assigned_user_id": peer.id})
    assert refusal(peers) == DENIED  # what is shared with the peer is not shared with the clerk
    group = data(await client.post("/v1/groups", json={"name": "Secret"}), 201)
    path = f"/v1/groups/{group['id']}/members"
    assert refusal(await client.post(path, json={"type": "user", "id": clerk.id})) == DENIED
    data(await client.post(path, json={"type": "user", "id": peer.id}), 201)
    mine = data(await acme.client("admin").post("/v1/groups", json={"name": "Clerks"}), 201)
    myself = {"type": "user", "id": clerk.id}
    data(await acme.client("admin").post(f"/v1/groups/{mine['id']}/members", json=myself), 201)
    assert refusal(await client.post(path, json={"type": "group", "id": mine["id"]})) == DENIED
    wider = await client.patch(f"/v1/iam/custom-roles/{made['id']}", json={"permissions": ["webhooks:manage"]})
    assert refusal(wider) == DENIED
    new_role = await client.post("/v1/iam/custom-roles", json={"name": "x", "permissions": ["scaimatrix:manage"]})
    assert refusal(new_role) == DENIED


async def test_a_custom_role_cannot_hold_what_its_maker_does_not(acme: Organisation, root: httpx.AsyncClient) -> None:
    admin = acme.client("admin")
    for beyond in ("models:manage", "routing:manage", "accounting:view_partner"):
        answer = await admin.post("/v1/iam/custom-roles", json={"name": "b", "permissions": [beyond]})
        assert refusal(answer) == DENIED
    body = {"name": "above", "permissions": ["models:manage"]}
    above = data(await root.post("/v1/iam/custom-roles", params={"tenant_id": acme.id}, json=body), 201)
    path = f"/v1/users/{acme.people['user'].id}/roles"
    for attempt in (
        await admin.put(path, json={"roles": ["tenant_user"], "custom_role_ids": [above["id"]]}),
        await admin.patch(f"/v1/iam/custom-roles/{above['id']}", json={"permissions": []}),
        await admin.delete(f"/v1/iam/custom-roles/{above['id']}"),
    ):
        assert refusal(attempt) == DENIED
    group = data(await admin.post("/v1/groups", json={"name": "Ladder"}), 201)
    mapping = {"group_id": group["id"], "custom_role_id": above["id"]}
    assert refusal(await admin.post("/v1/role-mappings", json=mapping)) == DENIED


async def test_a_group_is_no_ladder_however_deep(acme: Organisation, root: httpx.AsyncClient) -> None:
    """top brings partner_admin; middle is in top; bottom is in middle: the admin puts nobody into any of them."""
    admin, top = acme.client("admin"), await group_with(root, acme.id, "partner_admin")
    groups = {"top": top}
    for name, inside in (("middle", "top"), ("bottom", "middle")):
        made = data(await admin.post("/v1/groups", json={"name": name}), 201)
        groups[name] = made["id"]
        body = {"type": "group", "id": made["id"]}
        path = f"/v1/groups/{groups[inside]}/members"
        assert refusal(await admin.post(path, json=body)) == DENIED
        data(await root.post(path, json=body), 201)
    myself = {"type": "user", "id": acme.people["admin"].id}
    for group_id in groups.values():
        assert refusal(await admin.post(f"/v1/groups/{group_id}/members", json=myself)) == DENIED
    assert "accounting:view_partner" not in await permissions_of(acme, acme.people["admin"].key)
    mine = data(await admin.post("/v1/groups", json={"name": "mine"}), 201)
    data(await admin.post(f"/v1/groups/{mine['id']}/members", json=myself), 201)
    body = {"type": "group", "id": mine["id"]}
    assert refusal(await admin.post(f"/v1/groups/{groups['bottom']}/members", json=body)) == DENIED
    assert refusal(await admin.delete(f"/v1/groups/{groups['middle']}")) == DENIED
    assert refusal(await admin.delete(f"/v1/groups/{top}/members/{groups['middle']}")) == DENIED


async def test_a_role_through_a_group_protects_as_a_role_of_ones_own(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    top = await group_with(root, acme.id, "partner_admin")
    user = acme.people["user"].id
    data(await root.post(f"/v1/groups/{top}/members", json={"type": "user", "id": user}), 201)
    admin = acme.client("admin")
    assert refusal(await admin.post("/v1/api-keys", json={"name": "k", "assigned_user_id": user})) == DENIED
    assert refusal(await admin.patch(f"/v1/users/{user}", json={"status": "suspended"})) == DENIED
    mappings = data(await admin.get("/v1/role-mappings", params={"group_id": top}))
    assert refusal(await admin.delete(f"/v1/role-mappings/{mappings[0]['id']}")) == DENIED


async def test_a_narrowed_key_makes_nothing_wider_than_itself(acme: Organisation, running: Running) -> None:
    scopes = ["users:manage", "api_keys:manage", "models:list", "accounting:view_own"]
    admin = acme.client("admin")
    narrow_key = data(await admin.post("/v1/api-keys", json={"name": "narrow", "scopes": scopes}), 201)["key"]
    async with running.client(narrow_key) as narrow:
        wide = await narrow.post("/v1/api-keys", json={"name": "wide", "scopes": ["webhooks:manage"]})
        assert refusal(wide) == (403, "AUTH_INSUFFICIENT_SCOPE")
        silent = data(await narrow.post("/v1/api-keys", json={"name": "silent"}), 201)
        assert silent["scopes"] == sorted(scopes)
        body = {"email": "n@example.com", "name": "N", "roles": ["tenant_admin"]}
        assert refusal(await narrow.post("/v1/users", json=body)) == DENIED
        assert refusal(await narrow.post("/v1/users", json=body | {"roles": ["tenant_viewer"]})) == DENIED
        role = {"name": "wide", "permissions": ["webhooks:manage"]}
        assert refusal(await narrow.post("/v1/iam/custom-roles", json=role)) == DENIED
        other = await narrow.post("/v1/api-keys", json={"name": "k", "assigned_user_id": acme.people["user"].id})
        assert refusal(other) == DENIED  # the user may call models, this key may not
        tenant = await narrow.patch(f"/v1/tenants/{acme.id}", json={"display_name": "X"})
        assert refusal(tenant) == (403, "AUTH_INSUFFICIENT_SCOPE")


async def test_a_narrowed_key_of_the_platforms_administrator_founds_nothing(
    root: httpx.AsyncClient, running: Running
) -> None:
    body = {"name": "narrow", "scopes": ["users:manage", "models:list"]}
    async with running.client(data(await root.post("/v1/api-keys", json=body), 201)["key"]) as narrow:
        partners = await narrow.get("/v1/partners")
        assert refusal(partners) == DENIED
        assert len(data(await narrow.get("/v1/tenants"))) == 1
        made = await narrow.post("/v1/partners", json={"slug": "p", "display_name": "P"})
        assert refusal(made) == (403, "AUTH_INSUFFICIENT_SCOPE")
        person = {"email": "x@example.com", "name": "X", "roles": ["super_admin"]}
        tenant_id = data(await narrow.get("/v1/me"))["tenant_id"]
        assert refusal(await narrow.post("/v1/users", json=person | {"tenant_id": tenant_id})) == DENIED


async def test_a_key_that_ends_makes_none_that_lasts_longer(acme: Organisation, running: Running) -> None:
    admin = acme.client("admin")
    body = {"name": "short", "expires_at": "2099-01-01T00:00:00Z"}
    async with running.client(data(await admin.post("/v1/api-keys", json=body), 201)["key"]) as short:
        longer = await short.post("/v1/api-keys", json={"name": "l", "expires_at": "2100-01-01T00:00:00Z"})
        assert refusal(longer) == DENIED
        silent = data(await short.post("/v1/api-keys", json={"name": "s"}), 201)
        assert silent["expires_at"] == "2099-01-01T00:00:00Z"
