"""A small world to fuzz: one of everything, and the description of the API with their names filled in."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from acl.facts import Effect, PrincipalType
from tests.world.crawls import crawl_ids
from tests.world.deliveries import delivery
from tests.world.evaluating import gated_ids
from tests.world.graphs import graph_ids
from tests.world.measuring import run_ids
from tests.world.models import Shop, data
from tests.world.people import Organisation
from tests.world.personas import PERSONAS, persona_ids
from tests.world.shelves import enter, shelf

_GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
Names = Mapping[str, Sequence[str]]
NOWHERE = "http://127.0.0.1:9/v1"  # nothing listens there; no address outside this machine is ever asked
_ADDRESSES = [
    NOWHERE,
    "http://127.0.0.1:9/\x00",
    "http://",
    "//127.0.0.1",
    "http://[::1",
    "http://169.254.169.254/",
    "é",
]


async def furnish(acme: Organisation, other: Organisation, root: httpx.AsyncClient) -> dict[str, list[str]]:
    """Make one or two of everything; return the names that fit each parameter and field."""
    shop = Shop(root)
    provider = await shop.provider(base_url=NOWHERE)
    backend = await shop.backend(provider_id=provider["id"])
    model = await shop.model(backends=[{"backend_id": backend["id"]}])
    pictured = {"file": ("a.gif", _GIF, "image/gif")}
    data(await root.post(f"/v1/models/{model['id']}/avatar", files=pictured))
    dead = await shop.model(slug=f"{model['slug']}/deep", backends=[])
    chosen = await shop.group(model["slug"], "local/quote")
    admin = acme.client("admin")
    victims = [await acme.person("victim", "tenant_user"), await other.person("victim", "tenant_user")]
    group = data(await admin.post("/v1/groups", json={"name": "One"}), 201)
    nested = data(await admin.post("/v1/groups", json={"name": "Two"}), 201)
    data(await admin.post(f"/v1/groups/{group['id']}/members", json={"type": "user", "id": victims[0].id}), 201)
    role = {"name": "Reader", "permissions": ["scaimatrix:search"]}
    custom = data(await admin.post("/v1/iam/custom-roles", json=role), 201)
    mapping = data(
        await admin.post("/v1/role-mappings", json={"group_id": nested["id"], "custom_role_id": custom["id"]}), 201
    )
    key = data(await admin.post("/v1/api-keys", json={"name": "Key", "assigned_user_id": victims[0].id}), 201)
    limits = {"scope": "user", "scope_id": victims[0].id, "period": "daily", "hard_action": "notify"}
    budget = data(await admin.post("/v1/accounting/budgets", json={**limits, "request_limit": 5}), 201)
    hook = {"url": "http://localhost/hook", "events": ["request.completed"], "secret": "s" * 32}
    webhook = data(await admin.post("/v1/webhooks", json=hook), 201)
    delivered = await delivery(acme, webhook["id"])
    plans = await shelf(acme, "roadmap")
    await plans.write("roadmap")
    drawn = await graph_ids(plans, "roadmap", "roadmap")
    crawled = await crawl_ids(plans, "roadmap")
    answers = await run_ids(admin, await gated_ids(admin, "Guide", await persona_ids(admin, "Guide", plans.id)))
    data(await admin.post(f"{PERSONAS}/{answers['persona_id']}/avatar", files=pictured))
    ends = [drawn["node_id"], drawn["other_node_id"]]
    staff = (PrincipalType.GROUP, group["id"])
    entries = [await enter(acme, id_, Effect.ALLOW, staff) for id_ in (plans.id, plans.documents["roadmap"])]
    said = {"model": "local/quote", "messages": [{"role": "user", "content": "Hello"}]}
    data(await admin.post("/v1/inference/chat", json=said))
    return {
        "tenant_id": [acme.id, other.id],
        "partner_id": [other.partner_id],
        "user_id": [person.id for person in victims],
        "assigned_user_id": [victims[0].id],
        "actor_id": [victims[0].id],
        "key_id": [key["id"]],
        "group_id": [group["id"], nested["id"], chosen["id"]],
        "chosen": [chosen["id"]],
        "member_id": [victims[0].id],
        "id": [plans.id, plans.documents["roadmap"], victims[0].id, nested["id"]],
        "type": ["collection", "document"],
        "ace_id": entries,
        "collection_id": [plans.id],
        "document_id": [plans.documents["roadmap"]],
        "principal_id": [victims[0].id, group["id"]],
        "persona_id": [answers["persona_id"]],
        "set_id": [answers["set_id"]],
        "case_id": [answers["case_id"]],
        "set": [answers["set_id"]],
        "run_id": [answers["run_id"]],
        "other_id": [answers["run_id"]],
        "judge": ["local/quote"],
        "node_id": ends,
        "start_node_id": ends,
        "source_id": [*ends, plans.id],
        "persona_source_id": [answers["persona_source_id"]],
        "target_id": ends,
        "edge_id": [drawn["edge_id"]],
        "view_id": [drawn["view_id"]],
        "crawl_id": [crawled["crawl_id"]],
        "job_id": [crawled["job_id"]],
        "owner_id": [victims[0].id, acme.people["admin"].id],
        "role_id": [custom["id"]],
        "custom_role_id": [custom["id"]],
        "mapping_id": [mapping["id"]],
        "provider_id": [provider["id"]],
        "backend_id": [backend["id"]],
        "ref": [model["slug"], dead["slug"], "local/quote"],
        "slug": [model["slug"], "local/quote"],
        "model_slug": [model["slug"], "local/minilm"],
        "model": [model["slug"], chosen["slug"], answers["persona_slug"], "local/quote", "local/minilm"],
        "embedding_model": ["local/minilm"],
        "graph_extraction_model": ["local/quote"],
        "budget_id": [budget["id"]],
        "scope_id": [victims[0].id, group["id"], other.id],
        "webhook_id": [webhook["id"]],
        "delivery_id": [delivered],
        "If-Match": ["*"],
        "If-None-Match": ["*"],
        "module_id": ["scaimatrix", "scaipersona"],
    }


def filled(description: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The description with real names as likely values of parameters and fields, and addresses that lead nowhere."""
    made: dict[str, Any] = copy.deepcopy(dict(description))
    for path in made["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _likely(parameter["schema"], names.get(parameter["name"], ()))
    for name, schema in made["components"]["schemas"].items():
        if name.endswith(("Create", "Patch", "Put", "Write")):
            for field, said in schema.get("properties", {}).items():
                schema["properties"][field] = _field(field, said, names)
    return made


def _field(field: str, said: dict[str, Any], names: Names) -> dict[str, Any]:
    if field in {"url", "base_url", "seed_url"}:
        return {"enum": [*_ADDRESSES, None] if {"type": "null"} in said.get("anyOf", ()) else _ADDRESSES}
    # A new slug that is taken would only ever be refused as taken.
    return said if field in {"slug", "id"} and "enum" in said else _likely(said, names.get(field, ()))


def _likely(schema: dict[str, Any], values: Sequence[str]) -> dict[str, Any]:
    return {"anyOf": [{"enum": list(values)}, schema]} if values else schema
