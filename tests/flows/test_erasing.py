"""From an upload to the last trace of it: what is deleted is gone for everybody at once and soon from every store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.stores.vectors import Index
from tests.world.embedder import Embedder, embedder
from tests.world.models import data
from tests.world.patience import eventually
from tests.world.people import Organisation
from tests.world.served import model_on

MATRIX = "/v1/modules/scaimatrix"


@pytest.fixture
async def model() -> AsyncIterator[Embedder]:
    async with embedder() as world:
        yield world


async def uploaded(client: httpx.AsyncClient, collection_id: str, name: str) -> str:
    path = f"{MATRIX}/collections/{collection_id}/documents"
    file = (name, f"# {name}\n\nWords of {name}.".encode(), "text/markdown")
    document_id: str = data(await client.post(path, files={"file": file}), 201)["id"]

    async def indexed() -> bool:
        return bool(data(await client.get(f"{path}/{document_id}"))["status"] == "indexed")

    await eventually(indexed)
    return document_id


async def receipts(client: httpx.AsyncClient, subject_id: str) -> dict[str, int]:
    """By store, how much was removed; empty until every store holds nothing."""
    told = data(await client.get(f"{MATRIX}/erasures", params={"subject_id": subject_id}))
    return {one["store"]: one["removed"] for one in told} if all(one["erased_at"] for one in told) else {}


async def kept(acme: Organisation, index: Index) -> list[Any]:
    platform = acme.running.platform
    vectors = [chunk_id async for page in platform.vectors.chunk_ids(index) for chunk_id in page]
    return [*vectors, *[blob.key async for blob in platform.blobs.keys(f"documents/{acme.id}")]]


async def test_what_is_deleted_is_soon_in_no_store(
    acme: Organisation, root: httpx.AsyncClient, model: Embedder
) -> None:
    admin, served = acme.client("admin"), await model_on(root, model, modality="embedding")
    made = data(await admin.post(f"{MATRIX}/collections", json={"name": "Plans", "embedding_model": served.slug}), 201)
    path = f"{MATRIX}/collections/{made['id']}"
    one, other = [await uploaded(admin, made["id"], name) for name in ("one.md", "other.md")]
    index = Index(acme.id, made["id"], await index_name(acme, made["id"]))
    before = await kept(acme, index)

    assert data(await admin.delete(f"{path}/documents/{one}")) == {"deleted": True}
    assert (await admin.get(f"{path}/documents/{one}")).status_code == 404
    removed = await eventually(lambda: receipts(admin, one))
    assert removed.keys() == {"database", "blobs", "vectors", "graph"}
    assert removed.pop("graph") == 0  # the collection has none
    assert min(removed.values()) > 0
    left = await kept(acme, index)
    assert len(left) == len(before) - removed["vectors"] - removed["blobs"]
    assert any(other in name for name in left)
    assert not any(one in name for name in left)

    assert data(await admin.delete(path)) == {"deleted": True}
    assert (await admin.get(f"{path}/documents/{other}")).status_code == 404
    await eventually(lambda: receipts(admin, made["id"]))
    assert await kept(acme, index) == []


async def index_name(acme: Organisation, collection_id: str) -> str:
    async with acme.running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        return (await transaction.session.get_one(Collection, collection_id)).index_name
