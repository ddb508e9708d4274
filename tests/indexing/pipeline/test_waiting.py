"""What is away is waited for, with the reason and the time said, and then the document goes on by itself."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from app.db.tenancy import Reach
from app.identity.tables import User
from app.jobs.work import Later
from indexing.collections.tables import Collection
from tests.indexing.pipeline.conftest import Bench
from tests.indexing.pipeline.test_ingest import paper
from tests.world.openai_answers import error
from tests.world.people import Organisation
from tests.world.served import created


async def waits(bench: Bench, document_id: str) -> Later:
    """Ingest what must end in waiting."""
    outcome = await bench.ingest(document_id)
    document, now = await bench.papers.document(document_id), bench.workshop.transactions.clock.now()
    assert isinstance(outcome, Later)
    assert document.run is None
    assert document.waiting_for
    assert "tries again at" in document.waiting_for
    assert document.next_try_at is not None
    assert now - timedelta(seconds=5) < document.next_try_at <= now + timedelta(seconds=outcome.seconds)
    return outcome


@pytest.mark.parametrize(
    ("status", "code"), [(500, "BACKEND_ERROR"), (429, "BACKEND_RATE_LIMITED"), (400, "BACKEND_ERROR")]
)
async def test_a_model_that_fails_is_waited_for_at_embedding_with_its_error(
    bench: Bench, status: int, code: str
) -> None:
    document_id = await bench.papers.add("paper.md", paper(10))
    bench.model.fails = error(status)
    await waits(bench, document_id)
    document = await bench.papers.document(document_id)
    assert (document.status, document.error_code) == ("embedding", code)
    assert document.error_message
    assert "backend" in document.error_message
    assert not bench.stored(document_id)
    bench.model.fails = None
    assert await goes_on(bench, document_id)


async def goes_on(bench: Bench, document_id: str) -> bool:
    """Try until it is indexed; a backend that failed is rested for a while."""
    async with asyncio.timeout(60):
        while await bench.ingest(document_id) is not None:  # noqa: ASYNC110 - a backend is rested by the clock
            await asyncio.sleep(0.5)
    document = await bench.papers.document(document_id)
    return (document.status, document.error_message, document.waiting_for) == ("indexed", None, None)


SPOILT: dict[str, Callable[[list[list[float]]], Any]] = {
    "too few": lambda rows: rows[:-1],
    "another length": lambda rows: [row[:8] for row in rows],
    "not a number": lambda rows: [[float("nan"), *row[1:]] for row in rows],
    "infinite": lambda rows: [[float("inf"), *row[1:]] for row in rows],
    "nothing but zeros": lambda rows: [[0.0] * len(row) for row in rows],
    "of several lengths": lambda rows: [row[: 8 + place % 2] for place, row in enumerate(rows)],
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
async def test_vectors_that_cannot_be_never_end_as_indexed(
    bench: Bench, spoil: Callable[[list[list[float]]], Any]
) -> None:
    first = await bench.papers.add("first.md", b"The first text of all settles how long vectors are.")
    await bench.ingest(first)
    document_id = await bench.papers.add("paper.md", paper(10))
    bench.model.spoil = spoil
    await waits(bench, document_id)
    document = await bench.papers.document(document_id)
    assert (document.status, document.error_code) == ("embedding", "UPSTREAM_SHAPE_MISMATCH")
    assert not bench.stored(document_id)
    bench.model.spoil = None
    assert await goes_on(bench, document_id)


async def test_two_documents_at_once_cannot_settle_two_lengths(bench: Bench) -> None:
    document_ids = [await bench.papers.add(f"{place}.md", f"Text number {place}.".encode()) for place in range(2)]
    lengths = iter([8, 16])
    bench.model.spoil = lambda rows: [row[:length] for length in [next(lengths)] for row in rows]
    bench.model.pause.clear()
    running = [asyncio.create_task(bench.ingest(document_id)) for document_id in document_ids]
    for document_id in document_ids:
        await bench.until(document_id, "embedding")
    bench.model.pause.set()
    outcomes = await asyncio.gather(*running)
    assert sum(isinstance(outcome, Later) for outcome in outcomes) == 1
    assert len({len(kept.vector) for kept in bench.vectors.kept().values()}) == 1


async def test_a_vector_store_that_is_away_is_waited_for_before_anything_is_paid(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(10))
    bench.vectors.go_away()
    await waits(bench, document_id)
    document = await bench.papers.document(document_id)
    assert (document.status, document.error_code) == ("embedding", "SERVICE_UNAVAILABLE")
    assert document.waiting_for
    assert "vector store" in document.waiting_for
    assert not bench.model.calls
    bench.vectors.come_back()
    assert await goes_on(bench, document_id)


async def test_a_budget_that_is_used_up_is_waited_for_with_the_reason(
    bench: Bench, acme: Organisation, root: httpx.AsyncClient
) -> None:
    document_id = await bench.papers.add("paper.md", paper(10))
    budget = await created(
        root,
        "/v1/accounting/budgets",
        scope="tenant",
        scope_id=acme.id,
        period="monthly",
        token_limit=1,
        hard_action="block",
    )
    first = await bench.papers.add("first.md", b"One text may still be read.")
    await bench.ingest(first)
    outcome = await waits(bench, document_id)
    document = await bench.papers.document(document_id)
    assert (document.status, document.error_code) == ("embedding", "BUDGET_EXCEEDED")
    assert outcome.seconds <= 900
    assert (await root.delete(f"/v1/accounting/budgets/{budget['id']}")).is_success
    assert await goes_on(bench, document_id)


@pytest.mark.parametrize("fate", ["suspended", "gone"])
async def test_an_uploader_who_is_gone_still_pays(bench: Bench, acme: Organisation, fate: str) -> None:
    uploader = acme.people["user"].id
    document_id = await bench.papers.add("paper.md", paper(4), uploaded_by=uploader)
    async with bench.workshop.transactions.open(Reach.one(acme.id)) as transaction:
        user = await transaction.session.get_one(User, uploader)
        if fate == "gone":
            await transaction.session.delete(user)
        else:
            user.status = "suspended"
    await bench.ingest(document_id)
    assert (await bench.papers.document(document_id)).status == "indexed"
    admin = acme.client("admin")
    async with asyncio.timeout(30):
        while not (await admin.get(f"/v1/accounting/usage?user_id={uploader}")).json()["data"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_model_that_was_taken_away_is_waited_for(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(4))
    async with bench.workshop.transactions.open(Reach.one(bench.papers.tenant_id)) as transaction:
        mine = update(Collection).where(Collection.id == bench.papers.id)
        await transaction.session.execute(mine.values(embedding_model="nobody/knows-it"))
    await waits(bench, document_id)
    document = await bench.papers.document(document_id)
    assert (document.status, document.error_code) == ("chunking", "MODEL_NOT_FOUND")


async def test_a_store_of_files_that_is_away_is_waited_for(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(4))
    document = await bench.papers.document(document_id)
    place = bench.workshop.blobs.folder / f"{document.blob_key}.blob"  # type: ignore[attr-defined] # the folder's
    text = place.with_name("1") / "text.blob"
    await asyncio.to_thread(text.mkdir, parents=True)  # where the text would be kept is a folder, which cannot be read
    await waits(bench, document_id)
    document = await bench.papers.document(document_id)
    assert (document.status, document.error_code) == ("processing", "STORAGE_ERROR")
    await asyncio.to_thread(text.rmdir)
    assert await goes_on(bench, document_id)


async def test_a_file_that_is_not_what_was_brought_is_not_read(bench: Bench) -> None:
    whole = paper(10)
    document_id = await bench.papers.add("paper.md", whole, sha256=hashlib.sha256(whole).hexdigest())
    key = (await bench.papers.document(document_id)).blob_key
    assert key is not None
    await bench.workshop.blobs.put(key, whole + b"spoilt")
    await waits(bench, document_id)
    document = await bench.papers.document(document_id)
    assert (document.status, document.error_code) == ("processing", "STORAGE_ERROR")
    await bench.workshop.blobs.put(key, whole)
    assert await goes_on(bench, document_id)
