"""Short ways to make collections over HTTP, and documents in them by hand."""

from __future__ import annotations

from typing import Any

import httpx

from acl.opening import open_document_access
from app.db.tenancy import Reach
from app.ids import new_id
from indexing.documents.tables import Document
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.platform import unique

COLLECTIONS = "/v1/modules/scaimatrix/collections"
MANAGING = ("scaimatrix:view", "scaimatrix:manage", "scaimatrix:access")
VIEWING = ("scaimatrix:view",)


async def make(client: httpx.AsyncClient, **said: Any) -> dict[str, Any]:
    """A collection of whoever calls, restricted unless said otherwise."""
    body = {"name": unique("plans"), "embedding_model": "local/minilm", "default_access": "restricted"} | said
    made: dict[str, Any] = data(await client.post(COLLECTIONS, json=body), 201)
    return made


async def seen(client: httpx.AsyncClient, id_: str) -> dict[str, Any]:
    """A collection as whoever calls sees it."""
    found: dict[str, Any] = data(await client.get(f"{COLLECTIONS}/{id_}"))
    return found


async def put_document(
    organisation: Organisation, collection_id: str, *, owner: str = "admin", chunks: int = 2, size: int = 100
) -> str:
    """A document in a collection, as if it had been read."""
    platform, owner_id, made = organisation.running.platform, organisation.people[owner].id, new_id("doc")
    async with platform.transactions.open(Reach.one(organisation.id)) as transaction:
        now = transaction.clock.now()
        transaction.session.add(
            Document(
                id=made,
                tenant_id=organisation.id,
                collection_id=collection_id,
                name=unique("file"),
                source="upload",
                uploaded_by=owner_id,
                size_bytes=size,
                chunk_count=chunks,
                status="indexed",
                stage_since=now,
                created_at=now,
                updated_at=now,
            )
        )
        await transaction.session.flush()
        open_document_access(
            transaction, made, collection_id=collection_id, owner_id=owner_id, tenant_id=organisation.id
        )
    return made
