"""What a collection keeps stays within its quota, whoever brings files at the same moment."""

from __future__ import annotations

import asyncio

import pytest

from app.db.tenancy import Reach
from app.errors import QuotaExceeded
from indexing.collections.queries import get_for_tenant
from indexing.documents.quota import StorageQuotaExceeded, room_for
from indexing.documents.tables import Document
from tests.indexing.collections.shelving import COLLECTIONS, make, put_document
from tests.world.people import Organisation


async def bring(acme: Organisation, collection_id: str, size: int, *, instead_of: str | None = None) -> bool:
    """Bring a file of a size; says whether there was room."""
    try:
        async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
            collection = await get_for_tenant(transaction.session, collection_id)
            assert collection is not None
            await room_for(transaction.session, collection, size, instead_of=instead_of)
            await asyncio.sleep(0)
            now = transaction.clock.now()
            if instead_of is None:
                row = Document(
                    id=f"doc_{now.timestamp()}_{id(transaction)}",
                    collection_id=collection_id,
                    name="x",
                    source="upload",
                    uploaded_by=acme.people["admin"].id,
                    size_bytes=size,
                    status="pending",
                    stage_since=now,
                    created_at=now,
                    updated_at=now,
                )
                transaction.session.add(row)
    except QuotaExceeded:
        return False
    return True


async def test_files_that_come_together_do_not_overshoot(acme: Organisation) -> None:
    made = await make(acme.client("admin"), storage_quota_bytes=350)
    taken = await asyncio.gather(*(bring(acme, made["id"], 100) for _ in range(8)))
    assert sorted(taken) == [False] * 5 + [True] * 3


@pytest.mark.parametrize(("size", "fits"), [(50, True), (51, False)])
async def test_a_file_may_fill_the_quota_to_the_last_byte(acme: Organisation, size: int, fits: bool) -> None:
    made = await make(acme.client("admin"), storage_quota_bytes=150)
    await put_document(acme, made["id"], size=100)
    assert await bring(acme, made["id"], size) is fits


async def test_a_content_is_measured_in_place_of_the_one_it_replaces(acme: Organisation) -> None:
    made = await make(acme.client("admin"), storage_quota_bytes=150)
    document = await put_document(acme, made["id"], size=100)
    assert await bring(acme, made["id"], 150, instead_of=document)
    assert not await bring(acme, made["id"], 151, instead_of=document)


async def test_without_a_quota_everything_fits_and_a_new_one_counts_at_once(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await make(admin)
    assert await bring(acme, made["id"], 10**12)
    await admin.put(f"{COLLECTIONS}/{made['id']}", json={"storage_quota_bytes": 10})
    assert not await bring(acme, made["id"], 1)


async def test_what_is_deleted_makes_room(acme: Organisation) -> None:
    made = await make(acme.client("admin"), storage_quota_bytes=100)
    document = await put_document(acme, made["id"], size=100)
    assert not await bring(acme, made["id"], 1)
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        (await transaction.session.get_one(Document, document)).deleted_at = transaction.clock.now()
    assert await bring(acme, made["id"], 100)


def test_a_refusal_does_not_tell_how_much_others_keep() -> None:
    refused = StorageQuotaExceeded(20, 100)
    assert (refused.code, refused.kind.value) == ("QUOTA_EXCEEDED", "limited")
    assert "20 bytes" in refused.message
    assert "100" in refused.message
