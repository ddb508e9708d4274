"""How models come, change and go."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.audit.tables import AuditEvent
from app.db.tenancy import Reach
from app.inference.frontend_models import ModelDraft, add_model
from tests.world.models import Shop, code, data, fields
from tests.world.people import Organisation
from tests.world.platform import Running, unique


async def test_a_model_is_made_with_what_was_said_and_sensible_rest(root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    backend = await shop.backend()
    slug = f"vendor/{unique('large')}"
    made = await shop.model(
        slug=slug,
        backends=[{"backend_id": backend["id"], "priority": 2, "weight": 7}],
        input_price_per_mtok="0.150000",
        output_price_per_mtok=10,
        capabilities={"vision": False},
        metadata={"family": "x"},
    )
    assert made["capabilities"] == {"tools": True, "vision": False, "json": True}
    assert (made["input_price_per_mtok"], made["output_price_per_mtok"]) == ("0.15", "10")
    assert made["backends"] == [{"backend_id": backend["id"], "priority": 2, "weight": 7}]
    assert (made["status"], made["visibility"]) == ("active", "all")
    for ref in (slug, slug.replace("/", "%2F"), made["id"]):
        assert data(await root.get(f"/v1/models/{ref}")) == made


@pytest.mark.parametrize(
    "slug", ["Upper", "with space", "tenant/acme/x", "/x", "x/", "a//b", "ä", "", "x" * 191, "a/../b", "x/avatar"]
)
async def test_a_slug_has_a_shape(root: httpx.AsyncClient, slug: str) -> None:
    body = {"slug": slug, "display_name": "X", "modality": "chat", "backends": []}
    assert fields(await root.post("/v1/models", json=body)) == ["slug"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"input_price_per_mtok": "-1"}, "input_price_per_mtok"),
        ({"input_price_per_mtok": "0.1234567"}, "input_price_per_mtok"),
        ({"output_price_per_mtok": "NaN"}, "output_price_per_mtok"),
        ({"context_window": 0}, "context_window"),
        ({"visibility": "some"}, "visibility"),
        ({"visibility": "tenants", "tenant_ids": ["tnt_nobody"]}, "tenant_ids.0"),
        ({"backends": [{"backend_id": "bck_none"}]}, "backends.0.backend_id"),
        ({"metadata": {"persona_id": "per_1"}}, "metadata.persona_id"),
        ({"default_params": {"stream": True}}, "default_params.stream"),
        ({"capabilities": {"fly": True}}, "capabilities.fly"),
        ({"colour": "red"}, "colour"),
        ({"display_name": "  "}, "display_name"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(root: httpx.AsyncClient, said: dict[str, Any], field: str) -> None:
    body = {"slug": unique("model"), "display_name": "X", "modality": "chat", "backends": []} | said
    assert fields(await root.post("/v1/models", json=body)) == [field]


async def test_backends_must_fit_their_model_and_each_other(root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    chat = await shop.backend()
    short = await shop.backend(modality="embedding", dimensions=384)
    long = await shop.backend(modality="embedding", dimensions=1024)

    async def refused(modality: str, *backends: Any) -> list[str]:
        links = [{"backend_id": backend["id"]} for backend in backends]
        body = {"slug": unique("model"), "display_name": "X", "modality": modality, "backends": links}
        return fields(await root.post("/v1/models", json=body))

    assert await refused("chat", short) == ["backends.0.backend_id"]
    assert await refused("chat", chat, chat) == ["backends.1.backend_id"]
    assert await refused("embedding", short, long) == ["backends"]


async def test_models_and_groups_share_one_namespace(root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    model, group = await shop.model(), await shop.group()
    a_model = {"display_name": "X", "modality": "chat", "backends": []}
    a_group = {"display_name": "X", "scope_type": "global"}
    conflict = (409, "SLUG_CONFLICT")
    for slug in (model["slug"], group["slug"]):
        assert code(await root.post("/v1/models", json=a_model | {"slug": slug})) == conflict
        assert code(await root.post("/v1/model-groups", json=a_group | {"slug": slug})) == conflict
    assert code(await root.put(f"/v1/models/{model['slug']}", json={"slug": group["slug"]})) == conflict
    assert code(await root.patch(f"/v1/model-groups/{group['id']}", json={"slug": model["slug"]})) == conflict


async def test_of_a_model_and_a_group_that_claim_one_slug_at_once_one_gets_it(root: httpx.AsyncClient) -> None:
    for _ in range(5):
        slug = unique("wanted")
        a_model = {"slug": slug, "display_name": "X", "modality": "chat", "backends": []}
        a_group = {"slug": slug, "display_name": "X", "scope_type": "global"}
        answers = await asyncio.gather(
            root.post("/v1/models", json=a_model),
            root.post("/v1/model-groups", json=a_group),
            root.post("/v1/models", json=a_model),
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


async def test_put_changes_what_is_given_and_ignores_nulls_while_patch_empties(root: httpx.AsyncClient) -> None:
    made = await Shop(root).model(max_output_tokens=100, description="Old", capabilities={"tools": False})
    path = f"/v1/models/{made['slug']}"
    nulls = {"max_output_tokens": None, "description": None, "slug": made["slug"], "modality": "chat"}
    put = data(await root.put(path, json=nulls | {"display_name": "New", "capabilities": {"vision": False}}))
    same = {name: made[name] for name in made.keys() - {"display_name", "capabilities", "updated_at"}}
    assert same.items() <= put.items()
    assert (put["display_name"], put["capabilities"]) == ("New", {"tools": False, "vision": False, "json": True})
    assert data(await root.patch(path, json={"max_output_tokens": None}))["max_output_tokens"] is None
    assert fields(await root.patch(path, json={"description": None})) == ["description"]
    assert fields(await root.put(path, json={"modality": "embedding"})) == ["modality"]
    assert fields(await root.put(path, json={"descriptoin": "typo"})) == ["descriptoin"]


async def test_links_are_replaced_whole(root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    made, other = await shop.model(), await shop.backend()
    links = [{"backend_id": other["id"], "priority": 1, "weight": 2}]
    path = f"/v1/models/{made['slug']}"
    changed = await root.put(path, json={"backends": links})
    assert data(changed)["backends"] == links
    assert changed.headers["etag"] != (await root.put(path, json={"backends": []})).headers["etag"]
    assert data(await root.get(path))["backends"] == []


async def test_a_change_of_another_version_is_refused(root: httpx.AsyncClient) -> None:
    made = await Shop(root).model()
    path = f"/v1/models/{made['slug']}"
    tag = (await root.get(path)).headers["etag"]
    data(await root.put(path, json={"description": "First"}, headers={"If-Match": tag}))
    stale = await root.put(path, json={"description": "Second"}, headers={"If-Match": tag})
    assert code(stale) == (412, "PRECONDITION_FAILED")
    assert code(await root.delete(path, headers={"If-Match": tag})) == (412, "PRECONDITION_FAILED")
    assert data(await root.get(path))["description"] == "First"


async def test_a_repeated_creation_is_answered_again_and_not_done_again(root: httpx.AsyncClient) -> None:
    body = {"slug": unique("model"), "display_name": "X", "modality": "chat", "backends": []}
    once = {"Idempotency-Key": unique("once")}
    first = await root.post("/v1/models", json=body, headers=once)
    again = await root.post("/v1/models", json=body, headers=once)
    assert first.status_code == again.status_code == 201
    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == first.content


async def test_a_deleted_model_leaves_its_groups_and_the_list(root: httpx.AsyncClient) -> None:
    shop = Shop(root)
    made = await shop.model()
    group = await shop.group(made["slug"], "local/quote")
    path = f"/v1/models/{made['slug']}"
    assert data(await root.delete(path)) == {"deleted": True}
    assert code(await root.delete(path)) == (404, "MODEL_NOT_FOUND")
    members = data(await root.get(f"/v1/model-groups/{group['id']}/members"))
    assert [member["model_slug"] for member in members] == ["local/quote"]


async def test_only_who_manages_models_changes_them(acme: Organisation, root: httpx.AsyncClient) -> None:
    made = await Shop(root).model()
    await acme.person("partner", "partner_admin")
    body = {"slug": unique("model"), "display_name": "X", "modality": "chat", "backends": []}
    for name in ("viewer", "user", "admin", "partner"):
        person = acme.client(name)
        answers = [
            await person.post("/v1/models", json=body),
            await person.put(f"/v1/models/{made['slug']}", json={"display_name": "Mine"}),
            await person.patch(f"/v1/models/{made['slug']}", json={"nonsense": 1}),
            await person.delete("/v1/models/no-such-model"),
        ]
        assert {code(answer) for answer in answers} == {(403, "AUTHZ_PERMISSION_DENIED")}
    assert data(await root.get(f"/v1/models/{made['slug']}")) == made


async def test_a_personas_model_is_changed_through_its_persona_alone(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    slug = f"tenant/{acme.slug}/support"
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        draft = ModelDraft(
            slug=slug,
            display_name="Support",
            modality="chat",
            metadata={"persona_id": "per_1"},
            visibility="tenants",  # as a persona's is: no other test meets it
            tenant_ids=[acme.id],
        )
        await add_model(transaction, draft)
    owned = (409, "MODEL_OWNED_BY_PERSONA")
    assert code(await root.put(f"/v1/models/{slug}", json={"display_name": "Mine"})) == owned
    assert code(await root.delete(f"/v1/models/{slug}")) == owned
    assert data(await acme.client("viewer").get(f"/v1/models/{slug}"))["metadata"] == {"persona_id": "per_1"}


async def test_every_change_is_in_the_audit_trail(running: Running, root: httpx.AsyncClient) -> None:
    made = await Shop(root).model()
    data(await root.put(f"/v1/models/{made['id']}", json={"description": "New"}))
    data(await root.delete(f"/v1/models/{made['id']}"))
    async with running.platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        mine = select(AuditEvent.action).where(AuditEvent.target_id == made["id"])
        actions = set(await transaction.session.scalars(mine))
    assert actions == {"model.created", "model.updated", "model.deleted"}
