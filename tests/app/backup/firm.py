"""A tenant with something of everything that a home can hold, made by those who make it in life: over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.app.moving.world import settled
from tests.indexing.collections.shelving import COLLECTIONS, make
from tests.indexing.documents.filing import path_of, sent
from tests.world.embedder import Embedder, embedder
from tests.world.evaluating import gated_ids
from tests.world.graph_reader import graph_reader
from tests.world.hands import until
from tests.world.models import data
from tests.world.people import Organisation, organisation
from tests.world.personas import at, persona, published, reads
from tests.world.platform import Running
from tests.world.receiver import Receiver, receiver
from tests.world.served import model_on
from tests.world.upstream import Upstream
from tests.world.website import Page, Website, website

MATRIX = "/v1/modules/scaimatrix"
PERMISSIONS = f"{MATRIX}/permissions"
READING = ("scaimatrix:view", "scaimatrix:search")
SECRET = "a secret of more than a few letters"
PLANS = b"# Plans\n\nThe lighthouse opens in Hamburg in May.\n\nAda knows Marlow. Marlow made Lantern."
SECRETS = b"# Secrets\n\nThe lighthouse costs ninety crowns.\n\nMarlow knows Quill."
ASKED = "What does the lighthouse cost?"
GONE = b"# Gone\n\nThe lighthouse was to be a zeppelin.\n\nZeppelin knows Ada."
LATE = b"# Late\n\nThe lighthouse has come in late."


@dataclass(slots=True)
class Outside:
    """Servers of others that go on while a platform is backed up, taken down, and taken back."""

    model: Embedder
    slow: Embedder  # another one, that can be made to keep what it is asked waiting
    reader: Upstream
    listener: Receiver
    site: Website


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    """Run them until the block ends."""
    async with (
        embedder() as model,
        embedder() as slow,
        graph_reader() as reader,
        receiver() as heard,
        website() as site,
    ):
        site.pages["/"] = Page(b"The lighthouse has a page.", headers={"content-type": "text/plain"})
        try:
            yield Outside(model, slow, reader, heard, site)
        finally:
            slow.pause.set()


@dataclass(frozen=True, slots=True)
class Firm:
    """The tenant: what is there by what it is, what is there no longer, and what was shown once."""

    organisation: Organisation
    there: dict[str, dict[str, Any]]
    gone: dict[str, str]  # paths
    shown: dict[str, str]  # keys and secrets

    def key(self, name: str) -> str:
        return self.organisation.people[name].key

    @property
    def handbook(self) -> str:
        return f"{COLLECTIONS}/{self.there['handbook']['id']}"


def asking(made: Firm) -> dict[str, Any]:
    """A question to the firm's assistant."""
    said = [{"role": "user", "content": ASKED}]
    return {"model": made.there["keeper"]["published_slug"], "messages": said}


async def firm(running: Running, others: Outside) -> Firm:
    """Make it; nobody is at work in it any more but on the one document whose model keeps it waiting."""
    acme = await organisation(running)
    for name in ("ada", "ben"):
        await acme.person(name, "tenant_user", permissions=READING)
    await acme.person("eve", "tenant_user")
    made = Firm(acme, {}, {}, {})
    admin = acme.client("admin")
    async with running.client(running.root_key) as root:
        await _collections(made, root, admin, others)
    await _documents(made, admin)
    await _access(made, admin)
    await _graph(made, admin)
    await _assistant(made, admin)
    await _around(made, admin, others)
    await _taken_away(made, admin)
    await settled(acme)
    await _in_the_middle(made, admin, others)
    return made


async def _collections(made: Firm, root: httpx.AsyncClient, admin: httpx.AsyncClient, others: Outside) -> None:
    embedding = await model_on(root, others.model, modality="embedding", input_price_per_mtok="100")
    waiting = await model_on(root, others.slow, modality="embedding")
    reading = await model_on(root, others.reader)
    graph = {"graph_enabled": True, "graph_extraction_model": reading.slug}
    made.there["handbook"] = await make(admin, embedding_model=embedding.slug, default_access="tenant", **graph)
    made.there["inbox"] = await make(admin, embedding_model=waiting.slug, default_access="tenant")
    made.there["attic"] = await make(admin, embedding_model=embedding.slug)


async def _documents(made: Firm, admin: httpx.AsyncClient) -> None:
    handbook = made.there["handbook"]["id"]
    for name, text in (("plans", PLANS), ("secrets", SECRETS), ("gone", GONE)):
        made.there[name] = await sent(admin, handbook, text, filename=f"{name}.md", metadata='{"shelf": 1}')
    await sent(admin, made.there["attic"]["id"], GONE, filename="attic.md")
    await settled(made.organisation)


async def _access(made: Firm, admin: httpx.AsyncClient) -> None:
    """Ben is in a group of a group that may not read one of the documents."""
    team, interns = [data(await admin.post("/v1/groups", json={"name": name}), 201) for name in ("Team", "Interns")]
    made.there["team"] = team
    ben = made.organisation.people["ben"].id
    for group, member in ((interns, {"type": "user", "id": ben}), (team, {"type": "group", "id": interns["id"]})):
        data(await admin.post(f"/v1/groups/{group['id']}/members", json=member), 201)
    denial = {"ace_type": "deny", "principal_type": "group", "principal_id": team["id"], "permissions": "VIEWER"}
    path = f"{PERMISSIONS}/document/{made.there['secrets']['id']}/aces"
    data(await admin.post(path, json={**denial, "note": "not for interns"}), 201)


async def _graph(made: Firm, admin: httpx.AsyncClient) -> None:
    """Beside what a model has read: something by hand, something taken out by hand, and a view."""
    graph = f"{made.handbook}/graph"
    tower = {"name": "Tower", "labels": ["Building"], "properties": {"floors": 9}}
    tower = data(await admin.post(f"{graph}/nodes", json=tower), 201)
    shown = data(await admin.post(f"{graph}/query", json={"name": "Marlow"}))
    marlow = next(node["id"] for node in shown["nodes"] if node["name"] == "Marlow")
    by_hand = {"source_id": marlow, "target_id": tower["id"], "type": "LIVES_IN", "properties": {"since": 1999}}
    data(await admin.post(f"{graph}/edges", json=by_hand), 201)
    (lantern,) = data(await admin.post(f"{graph}/query", json={"name": "Lantern"}))["nodes"]
    data(await admin.delete(f"{graph}/nodes/{lantern['id']}"))
    made.there["view"] = data(await admin.post(f"{graph}/views", json={"name": "People", "query": {"limit": 50}}), 201)


async def _assistant(made: Firm, admin: httpx.AsyncClient) -> None:
    said = {"rag_enabled": True, "rag_search_type": "hybrid", "system_prompt": "You keep the lighthouse."}
    keeper = await published(admin, name="Keeper", **said)
    made.there["keeper"] = keeper
    await reads(admin, keeper, made.there["handbook"]["id"], weight=2.0)
    ids = await gated_ids(admin, "Harbour", {"persona_id": keeper["id"]})
    made.there["set"] = data(await admin.get(f"/v1/evals/sets/{ids['set_id']}"))


async def _around(made: Firm, admin: httpx.AsyncClient, others: Outside) -> None:
    bounds = {"name": "Site", "seed_url": f"{others.site.url}/", "max_pages": 3, "webhook": {"enabled": True}}
    crawl = data(await admin.post(f"{made.handbook}/crawls", json={**bounds, "schedule": {"type": "weekly"}}), 201)
    made.shown["crawl"] = crawl.pop("webhook_secret")
    made.there["crawl"] = crawl
    hook = {"url": others.listener.url, "events": ["scaimatrix.document.indexed"], "secret": SECRET}
    made.there["webhook"] = data(await admin.post("/v1/webhooks", json=hook), 201)
    eve = {"scope": "user", "scope_id": made.organisation.people["eve"].id, "period": "total"}
    limit = {**eve, "request_limit": 1, "hard_action": "block"}
    made.there["budget"] = data(await admin.post("/v1/accounting/budgets", json=limit), 201)
    async with made.organisation.running.client(made.key("eve")) as eves:
        data(await eves.post("/v1/inference/chat", json=asking(made)))  # the one that she may
    for name in ("kept", "revoked"):
        key = data(await admin.post("/v1/api-keys", json={"name": name}), 201)
        made.there[name], made.shown[name] = key, key["key"]


async def _taken_away(made: Firm, admin: httpx.AsyncClient) -> None:
    draft = await persona(admin)
    made.gone.update(
        document=path_of(made.there.pop("gone")),
        collection=f"{COLLECTIONS}/{made.there.pop('attic')['id']}",
        persona=at(draft),
        key=f"/v1/api-keys/{made.there.pop('revoked')['id']}",
    )
    for path in made.gone.values():
        assert (await admin.delete(path)).is_success, path


async def _in_the_middle(made: Firm, admin: httpx.AsyncClient, others: Outside) -> None:
    others.slow.pause.clear()
    late = await sent(admin, made.there["inbox"]["id"], LATE, filename="late.md")
    made.there["late"] = late

    async def waits() -> bool:
        return bool(data(await admin.get(path_of(late)))["status"] == "embedding")

    await until(waits)


async def come_and_go(neighbours: Organisation, model: str, until_then: asyncio.Event) -> list[int]:
    """Others ask, file and delete in a tenant of their own until then; the status of every answer."""
    admin, told = neighbours.client("admin"), list[int]()
    shelf = f"{COLLECTIONS}/{(await make(admin, embedding_model=model))['id']}"
    while not until_then.is_set():
        note = {"file": ("note.md", b"The neighbours write down much.", "text/markdown")}
        filed = await admin.post(f"{shelf}/documents", files=note)
        found = await admin.post(f"{shelf}/search", json={"query": "neighbours", "search_type": "hybrid"})
        listed = await admin.get(f"{shelf}/documents")
        gone = await admin.delete(f"{shelf}/documents/{data(listed)[-1]['id']}")
        told += [answer.status_code for answer in (filed, found, listed, gone)]
    return told
