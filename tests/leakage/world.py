"""Two worlds side by side: theirs, full of things with marks in them, and the people who must never see any of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select

from acl.facts import Effect, PrincipalType
from app.db.tenancy import Reach
from app.identity.tables import ApiKey
from app.ids import new_id
from tests.world.crawls import crawl_ids
from tests.world.deliveries import delivery
from tests.world.evaluating import gated_ids
from tests.world.graphs import graph_ids
from tests.world.measuring import run_ids
from tests.world.models import Shop, data
from tests.world.people import Organisation, organisation
from tests.world.personas import persona_ids
from tests.world.platform import Running, unique
from tests.world.shelves import enter, shelf

MARK = "theirmark"  # in the name of everything of theirs
_PREFIXES = {
    "partner_id": "prt", "tenant_id": "tnt", "user_id": "usr", "key_id": "apikey", "group_id": "grp",
    "member_id": "usr", "role_id": "role", "mapping_id": "rmap", "provider_id": "prv", "backend_id": "bck",
    "collection_id": "col", "document_id": "doc", "ace_id": "ace", "document_ace_id": "ace",
    "budget_id": "bud", "webhook_id": "whk", "delivery_id": "whd", "model_group_id": "mgr", "model": "mdl",
    "persona_id": "per", "persona_source_id": "src", "set_id": "evs", "case_id": "evc", "run_id": "run",
    "crawl_id": "crw", "job_id": "job", "node_id": "nod", "other_node_id": "nod", "edge_id": "edg", "view_id": "gvw",
}  # fmt: skip
MISSING: Mapping[str, str] = {name: new_id(prefix) for name, prefix in _PREFIXES.items()}


@dataclass(frozen=True, slots=True)
class World:
    """Ids of theirs by the name of what they are, and the keys of everybody who asks."""

    running: Running
    theirs: Mapping[str, str]
    owner: str  # the key of their own admin
    strangers: Mapping[str, str]  # who is let in, and must find nothing of theirs
    dead: Mapping[str, str | None]  # credentials that open nothing at all
    _clients: dict[str | None, httpx.AsyncClient] = field(default_factory=dict)

    @asynccontextmanager
    async def asking(self, key: str | None) -> AsyncIterator[httpx.AsyncClient]:
        """The client of a key; one for all tests, for making one takes longer than asking ten times."""
        if key not in self._clients:
            self._clients[key] = self.running.client(key)
        yield self._clients[key]

    async def aclose(self) -> None:
        """Close every client."""
        for client in self._clients.values():
            await client.aclose()

    @property
    def marks(self) -> Sequence[str]:
        """What must occur in no answer to a stranger."""
        return [MARK, *(id_ for name, id_ in self.theirs.items() if name != "partner_id")]


async def world(running: Running) -> World:
    """Build it."""
    theirs, ours = await organisation(running), await organisation(running)
    sister = await organisation(running, partner_id=theirs.partner_id)
    for name, role in [("partner_admin", "partner_admin"), ("partner_viewer", "partner_viewer")]:
        await ours.person(name, role)
    await ours.person("everything", "tenant_admin", "partner_admin")
    async with running.client(running.root_key) as root:
        ids = await _their_things(root, theirs)
        ids |= await _their_shelf(theirs)
        dead = await _dead_keys(root, ours)
    strangers = {f"ours:{name}": person.key for name, person in ours.people.items() if name not in dead}
    strangers |= {f"sister:{name}": person.key for name, person in sister.people.items()}
    strangers["ours:key narrowed to nothing"] = await _narrowed(running, ours)
    for made in (theirs, ours, sister):
        await made.aclose()
    return World(running, ids, theirs.people["admin"].key, strangers, dead)


async def _their_things(root: httpx.AsyncClient, theirs: Organisation) -> dict[str, str]:
    admin, user, shop = theirs.client("admin"), theirs.people["user"], Shop(root)
    made: dict[str, str] = {"tenant_id": theirs.id, "partner_id": theirs.partner_id, "user_id": user.id}
    wanted: list[tuple[httpx.AsyncClient, str, str, dict[str, Any]]] = [
        (admin, "key_id", "/v1/api-keys", {"name": MARK, "assigned_user_id": user.id}),
        (admin, "group_id", "/v1/groups", {"name": MARK}),
        (admin, "role_id", "/v1/iam/custom-roles", {"name": MARK, "permissions": ["models:list"]}),
        (admin, "webhook_id", "/v1/webhooks", {"url": f"https://{MARK}.example/", "events": ["request.completed"]}),
        (admin, "budget_id", "/v1/accounting/budgets", _budget(theirs.id)),
    ]
    for client, name, path, body in wanted:
        made[name] = (await _created(client, path, body))["id"]
    made["delivery_id"] = await delivery(theirs, made["webhook_id"])
    member = {"type": "user", "id": user.id}
    await _created(admin, f"/v1/groups/{made['group_id']}/members", member)
    made["member_id"] = user.id
    mapping = {"group_id": made["group_id"], "role": "tenant_viewer"}
    made["mapping_id"] = (await _created(admin, "/v1/role-mappings", mapping))["id"]
    provider = await shop.provider(name=unique(MARK))
    backend = await shop.backend(provider_id=provider["id"], upstream_model=MARK)
    model = await shop.model(
        slug=unique(MARK), backends=[{"backend_id": backend["id"]}], visibility="tenants", tenant_ids=[theirs.id]
    )
    group = await shop.group(model["slug"], slug=unique(MARK), scope_type="tenant", scope_id=theirs.id)
    made |= {"provider_id": provider["id"], "backend_id": backend["id"], "model_group_id": group["id"]}
    return made | {"model": model["id"], "model_slug": model["slug"], "group_slug": group["slug"]}


async def _their_shelf(theirs: Organisation) -> dict[str, str]:
    made = await shelf(theirs, MARK)
    await made.write(MARK)
    document, everyone = made.documents[MARK], (PrincipalType.EVERYONE, None)
    admin = theirs.client("admin")
    return (
        await graph_ids(made, MARK, MARK)
        | await crawl_ids(made, MARK)
        | await run_ids(admin, await gated_ids(admin, MARK, await persona_ids(admin, MARK, made.id)))
        | {
            "collection_id": made.id,
            "collection_slug": made.slug,
            "document_id": document,
            "ace_id": await enter(theirs, made.id, Effect.ALLOW, everyone),
            "document_ace_id": await enter(theirs, document, Effect.DENY, everyone),
        }
    )


async def _dead_keys(root: httpx.AsyncClient, ours: Organisation) -> dict[str, str | None]:
    suspended = await ours.person("suspended", "tenant_admin")
    revoked = await ours.person("revoked", "tenant_admin")
    expired = await ours.person("expired", "tenant_admin")
    data(await root.patch(f"/v1/users/{suspended.id}", json={"status": "suspended"}))
    async with ours.running.platform.transactions.open(Reach.one(ours.id)) as transaction:
        now = transaction.clock.now()
        for key in await transaction.session.scalars(select(ApiKey)):
            if key.user_id == revoked.id:
                key.revoked_at = now
            if key.user_id == expired.id:
                key.expires_at = now - timedelta(seconds=1)
    return {
        "suspended": suspended.key,
        "revoked": revoked.key,
        "expired": expired.key,
        "unknown": "sgk_" + "u" * 40,
        "nobody": None,
    }


async def _narrowed(running: Running, ours: Organisation) -> str:
    async with running.client(ours.people["everything"].key) as client:
        answer = await client.post("/v1/api-keys", json={"name": "narrow", "scopes": []})
        return str(data(answer, 201)["key"])


async def _created(client: httpx.AsyncClient, path: str, body: Mapping[str, Any]) -> Any:
    return data(await client.post(path, json=body), 201)


def _budget(tenant_id: str) -> dict[str, Any]:
    terms = {"period": "total", "request_limit": 1000, "hard_action": "notify"}
    return {"name": MARK, "scope": "tenant", "scope_id": tenant_id, **terms}
