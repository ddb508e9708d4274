"""Groups of models: whose they are, and who is in them."""

from __future__ import annotations

import httpx

from tests.world.models import Shop, code, data, fields
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, unique

FORBIDDEN = (403, "AUTHZ_PERMISSION_DENIED")


async def test_a_tenant_admin_manages_their_tenants_groups(acme: Organisation) -> None:
    admin = acme.client("admin")
    mine = await Shop(admin).group("local/quote", "local/minilm", scope_type="tenant", scope_id=acme.id)
    path = f"/v1/model-groups/{mine['id']}"
    members = data(await admin.get(f"{path}/members"))
    assert [(member["model_slug"], member["position"]) for member in members] == [
        ("local/quote", 0),
        ("local/minilm", 1),
    ]
    again = data(await admin.post(f"{path}/members", json={"model_slug": "local/quote"}), 201)
    assert again == members[0]
    assert data(await admin.delete(f"{path}/members/local/quote")) == {"deleted": True}
    assert data(await admin.delete(f"{path}/members/{members[1]['model_id']}")) == {"deleted": True}
    assert code(await admin.delete(f"{path}/members/local/quote")) == (404, "MODEL_NOT_FOUND")
    tag = (await admin.get(path)).headers["etag"]
    renamed = await admin.patch(path, json={"display_name": "Ours"}, headers={"If-Match": tag})
    assert data(renamed)["display_name"] == "Ours"
    stale = await admin.patch(path, json={"display_name": "No"}, headers={"If-Match": tag})
    assert code(stale) == (412, "PRECONDITION_FAILED")
    assert fields(await admin.patch(path, json={"scope_type": "global"})) == ["scope_type"]
    assert data(await admin.delete(path)) == {"deleted": True}
    assert code(await admin.get(path)) == (404, "MODEL_GROUP_NOT_FOUND")


async def test_nobody_makes_groups_beyond_their_own_scope(
    running: Running, acme: Organisation, root: httpx.AsyncClient
) -> None:
    other = await organisation(running)
    await acme.person("partner", "partner_admin")

    async def tried(name: str, scope_type: str, scope_id: str | None) -> tuple[int, str]:
        body = {"slug": unique("group"), "display_name": "X", "scope_type": scope_type, "scope_id": scope_id}
        return code(await acme.client(name).post("/v1/model-groups", json=body))

    for scope in (
        ("global", None),
        ("partner", acme.partner_id),
        ("partner", other.partner_id),
        ("tenant", other.id),
        ("tenant", "tnt_none"),
    ):
        assert await tried("admin", *scope) == FORBIDDEN
    for scope in (("global", None), ("partner", other.partner_id), ("partner", None), ("tenant", other.id)):
        assert await tried("partner", *scope) == FORBIDDEN
    assert await tried("user", "tenant", acme.id) == FORBIDDEN
    assert await tried("viewer", "tenant", acme.id) == FORBIDDEN
    body = {"slug": unique("group"), "display_name": "X", "scope_type": "tenant", "scope_id": "tnt_none"}
    assert fields(await root.post("/v1/model-groups", json=body)) == ["scope_id"]
    assert fields(await root.post("/v1/model-groups", json=body | {"scope_type": "global"})) == ["scope_id"]
    assert fields(await root.post("/v1/model-groups", json=body | {"slug": "tenant/x"})) == ["slug"]


async def test_a_partner_admin_manages_the_partners_groups(acme: Organisation, root: httpx.AsyncClient) -> None:
    await acme.person("partner", "partner_admin")
    partner = acme.client("partner")
    ours = await Shop(partner).group("local/quote", scope_type="partner", scope_id=acme.partner_id)
    path = f"/v1/model-groups/{ours['id']}"
    assert data(await acme.client("viewer").get(path))["slug"] == ours["slug"]
    assert code(await acme.client("admin").delete(path)) == FORBIDDEN
    for_acme = await Shop(root).model(visibility="tenants", tenant_ids=[acme.id])
    data(await partner.post(f"{path}/members", json={"model_slug": for_acme["slug"]}), 201)


async def test_anothers_group_is_as_little_there_as_none(
    running: Running, acme: Organisation, root: httpx.AsyncClient
) -> None:
    other = await organisation(running)
    theirs = await Shop(root).group("local/quote", scope_type="tenant", scope_id=other.id)
    everybodys = await Shop(root).group("local/quote")
    admin, path = acme.client("admin"), f"/v1/model-groups/{theirs['id']}"
    for method, tail, body in (
        ("GET", "", None),
        ("PATCH", "", {"nonsense": 1}),
        ("DELETE", "", None),
        ("GET", "/members", None),
        ("POST", "/members", {"model_slug": "local/quote"}),
        ("DELETE", "/members/local/quote", None),
    ):
        hidden = await admin.request(method, path + tail, json=body)
        missing = await admin.request(method, f"/v1/model-groups/none{tail}", json=body)
        assert code(hidden) == (404, "MODEL_GROUP_NOT_FOUND")
        assert hidden.json()["error"] == missing.json()["error"]
    listed = [group["id"] for group in data(await admin.get("/v1/model-groups", params={"limit": 100}))]
    assert theirs["id"] not in listed
    assert everybodys["id"] in listed
    assert code(await admin.delete(f"/v1/model-groups/{everybodys['id']}")) == FORBIDDEN


async def test_only_models_the_scope_sees_can_be_put_into_a_group(acme: Organisation, root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    hidden = await shop.model(visibility="tenants", tenant_ids=[])
    admin = acme.client("admin")
    mine = await Shop(admin).group(scope_type="tenant", scope_id=acme.id)
    path = f"/v1/model-groups/{mine['id']}/members"
    refused = await admin.post(path, json={"model_slug": hidden["slug"]})
    missing = await admin.post(path, json={"model_slug": "no/such-model"})
    assert code(refused) == (404, "MODEL_NOT_FOUND")
    assert refused.json()["error"] == missing.json()["error"]
    data(await root.post(path, json={"model_slug": hidden["slug"]}), 201)
    assert data(await admin.get(path)) == []
    assert [member["model_slug"] for member in data(await root.get(path))] == [hidden["slug"]]


async def test_members_come_in_pages_in_the_order_they_are_tried(root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    backend = [{"backend_id": (await shop.backend())["id"]}]
    slugs = [(await shop.model(backends=backend))["slug"] for _ in range(3)]
    group = await shop.group(*slugs)
    path, found, cursor = f"/v1/model-groups/{group['id']}/members", [], None
    while True:
        page = (await root.get(path, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        found += [member["model_slug"] for member in page["data"]]
        cursor = page["meta"]["next_cursor"]
        if cursor is None:
            break
    assert found == slugs
