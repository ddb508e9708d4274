"""Documents of a suspended tenant wait and say so; once it is active again they go on by themselves."""

from __future__ import annotations

import httpx

from app.jobs.standing import STANDS_STILL
from tests.indexing.collections.shelving import COLLECTIONS, make
from tests.indexing.documents.filing import path_of, sent
from tests.world.models import data
from tests.world.patience import eventually
from tests.world.people import Organisation, organisation


async def indexed(client: httpx.AsyncClient, document: dict[str, str]) -> bool:
    return bool(data(await client.get(path_of(document)))["status"] == "indexed")


async def test_documents_of_a_suspended_tenant_wait_with_the_reason_and_go_on(
    acme: Organisation, root: httpx.AsyncClient
) -> None:
    plans = await make(acme.client("admin"))
    tenant = f"/v1/tenants/{acme.id}"
    data(await root.patch(tenant, json={"status": "suspended"}))
    path, there = f"{COLLECTIONS}/{plans['id']}/documents", {"tenant_id": acme.id}
    made = data(await root.post(path, files={"file": ("plan.md", b"What it says.")}, params=there), 201)
    other = await organisation(acme.running)
    theirs = await make(other.client("admin"))
    quick = await sent(other.client("admin"), theirs["id"])
    await eventually(lambda: indexed(other.client("admin"), quick))
    waits = data(await root.get(path_of(made), params=there))
    assert (waits["status"], waits["waiting_for"], waits["next_try_at"]) == ("pending", STANDS_STILL, None)
    data(await root.patch(tenant, json={"status": "active"}))
    await eventually(lambda: indexed(acme.client("admin"), made))
    await other.aclose()
