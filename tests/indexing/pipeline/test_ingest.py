"""A document goes from its file to chunks that answer, and what was paid for once is not paid for again."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from sqlalchemy import update

from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.documents.status import begin_again
from indexing.documents.tables import Document
from indexing.errors import StoreUnavailable
from indexing.pipeline.editions import Built
from indexing.pipeline.superseded import take_away
from tests.indexing.pipeline.conftest import Bench
from tests.world.embedder import vector_of
from tests.world.papers import pdf


def paper(paragraphs: int, *, changed: int | None = None) -> bytes:
    """Markdown whose paragraphs all say something else."""
    said = [f"Paragraph {number} of the paper speaks of subject {number * 7919}. " * 6 for number in range(paragraphs)]
    if changed is not None:
        said[changed] = f"This one was written anew and speaks of {changed}. " * 6
    return ("# A paper\n\n" + "\n\n".join(said)).encode()


async def replace(bench: Bench, document_id: str, data: bytes) -> None:
    """Give a document another content, as its route does."""
    platform = bench.papers.platform
    async with platform.transactions.open(Reach.one(bench.papers.tenant_id)) as transaction:
        document = await transaction.session.get_one(Document, document_id)
        key = f"documents/{document.tenant_id}/{document.id}/{document.content_version + 1}"
        await platform.blobs.put(key, data)
        document.content_version, document.blob_key = document.content_version + 1, key
        await begin_again(transaction, document)


async def test_a_document_ends_indexed_with_every_chunk_in_the_store(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(60))
    assert await bench.ingest(document_id) is None
    document, chunks = await bench.papers.document(document_id), await bench.chunks(document_id)
    assert (document.status, document.mime_type, document.run) == ("indexed", "text/markdown", None)
    assert (document.chunk_count, document.error_code, document.waiting_for) == (len(chunks), None, None)
    assert document.indexed_at is not None
    assert len(chunks) > 20
    assert all(chunk.stored for chunk in chunks)
    stored = bench.stored(document_id)
    assert stored.keys() == {chunk.id for chunk in chunks}
    text = paper(60).decode()
    for chunk in chunks:
        assert text[chunk.start : chunk.end] == chunk.content
        np.testing.assert_allclose(stored[chunk.id].vector, vector_of(chunk.content), rtol=1e-5)
        assert stored[chunk.id].generation == 1


async def test_the_same_job_done_twice_is_done_once(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(20))
    await bench.ingest(document_id)
    before, calls = await bench.papers.document(document_id), len(bench.model.calls)
    await bench.ingest(document_id)
    after = await bench.papers.document(document_id)
    assert (len(bench.model.calls), after.changes, after.updated_at) == (calls, before.changes, before.updated_at)


async def test_the_same_content_again_costs_no_embedding(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(60))
    await bench.ingest(document_id)
    asked, before = bench.model.texts.total(), await bench.chunks(document_id)
    await replace(bench, document_id, paper(60))
    assert [chunk.id for chunk in await bench.chunks(document_id)] == [chunk.id for chunk in before]
    await bench.ingest(document_id)
    after = await bench.chunks(document_id)
    assert bench.model.texts.total() == asked
    assert [chunk.content for chunk in after] == [chunk.content for chunk in before]
    assert bench.stored(document_id).keys() == {chunk.id for chunk in after}
    assert len(await bench.editions(document_id)) == 1


async def test_what_is_asked_for_anew_and_has_not_changed_is_indexed_again_at_once(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(5))
    await bench.ingest(document_id)
    asked, before = bench.model.texts.total(), await bench.chunks(document_id)
    async with bench.papers.platform.transactions.open(Reach.one(bench.papers.tenant_id)) as transaction:
        await begin_again(transaction, await transaction.session.get_one(Document, document_id))
    assert await bench.ingest(document_id) is None
    after = await bench.papers.document(document_id)
    assert (after.status, after.run, after.waiting_for) == ("indexed", None, None)
    assert bench.model.texts.total() == asked
    assert [chunk.id for chunk in await bench.chunks(document_id)] == [chunk.id for chunk in before]
    assert bench.stored(document_id).keys() == {chunk.id for chunk in before}


@pytest.mark.parametrize("changed", [0, 17, 59])
async def test_one_changed_paragraph_costs_at_most_three_chunks(bench: Bench, changed: int) -> None:
    document_id = await bench.papers.add("paper.md", paper(60))
    await bench.ingest(document_id)
    asked = bench.model.texts.total()
    await replace(bench, document_id, paper(60, changed=changed))
    await bench.ingest(document_id)
    assert 1 <= bench.model.texts.total() - asked <= 3
    chunks = await bench.chunks(document_id)
    assert "written anew" in "".join(chunk.content for chunk in chunks)
    assert bench.stored(document_id).keys() == {chunk.id for chunk in chunks}


async def test_the_old_text_answers_until_the_new_one_is_whole(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(10))
    await bench.ingest(document_id)
    old = await bench.chunks(document_id)
    await replace(bench, document_id, b"Something else altogether.")
    bench.vectors.go_away()
    await bench.ingest(document_id)
    assert [chunk.id for chunk in await bench.chunks(document_id)] == [chunk.id for chunk in old]
    bench.vectors.come_back()
    assert bench.stored(document_id).keys() == {chunk.id for chunk in old}
    await bench.ingest(document_id)
    assert [chunk.content for chunk in await bench.chunks(document_id)] == ["Something else altogether."]


async def test_what_a_text_says_twice_is_embedded_once(bench: Bench) -> None:
    same = "The same words stand here, again and again, as they do in every letter of ours. " * 8
    document_id = await bench.papers.add("letters.md", f"# One\n\n{same}\n\n# Two\n\n{same}".encode())
    await bench.ingest(document_id)
    chunks = await bench.chunks(document_id)
    assert max(bench.model.texts.values()) == 1
    assert bench.stored(document_id).keys() == {chunk.id for chunk in chunks}


async def test_a_collection_that_is_cut_otherwise_meanwhile_gets_what_it_asks_for_now(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(10))
    bench.model.pause.clear()
    running = asyncio.create_task(bench.ingest(document_id))
    await bench.until(document_id, "embedding")
    async with bench.workshop.transactions.open(Reach.one(bench.papers.tenant_id)) as transaction:
        switched = update(Collection).where(Collection.id == bench.papers.id).values(generation=2, chunk_size=256)
        await transaction.session.execute(switched)
    bench.model.pause.set()
    await running
    (edition,) = await bench.editions(document_id)
    assert edition.generation == 2
    assert {entry.generation for entry in bench.stored(document_id).values()} == {2}
    assert (await bench.papers.document(document_id)).status == "indexed"


@pytest.mark.parametrize(("size", "overlap"), [(40, 16), (32, 16)])
async def test_where_little_room_is_left_beside_what_is_repeated_less_is(bench: Bench, size: int, overlap: int) -> None:
    async with bench.workshop.transactions.open(Reach.one(bench.papers.tenant_id)) as transaction:
        little = update(Collection).where(Collection.id == bench.papers.id)
        await transaction.session.execute(little.values(chunk_size=size, chunk_overlap=overlap))
    document_id = await bench.papers.add("paper.md", paper(6))
    assert await bench.ingest(document_id) is None
    chunks = await bench.chunks(document_id)
    assert len(chunks) > 6
    assert all(chunk.tokens <= size for chunk in chunks)


async def test_a_document_deleted_or_replaced_meanwhile_is_left_alone(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(10))
    bench.model.pause.clear()
    running = asyncio.create_task(bench.ingest(document_id))
    await bench.until(document_id, "embedding")
    await replace(bench, document_id, b"Another text.")
    bench.model.pause.set()
    assert await running is None
    document = await bench.papers.document(document_id)
    assert (document.status, document.edition_id) == ("pending", None)
    await bench.ingest(document_id)
    assert [chunk.content for chunk in await bench.chunks(document_id)] == ["Another text."]
    assert len(await bench.editions(document_id)) == 1


async def test_a_scan_says_that_it_has_no_text(bench: Bench) -> None:
    document_id = await bench.papers.add("scan.pdf", pdf(["", ""]))
    assert await bench.ingest(document_id) is None
    document = await bench.papers.document(document_id)
    assert (document.status, document.error_code) == ("failed", "FILE_HAS_NO_TEXT")
    assert document.error_message is not None
    assert "OCR" in document.error_message


async def test_a_file_that_is_gone_says_so(bench: Bench) -> None:
    document_id = await bench.papers.add("gone.md", b"A.")
    await bench.workshop.blobs.delete((await bench.papers.document(document_id)).blob_key or "")
    await bench.ingest(document_id)
    document = await bench.papers.document(document_id)
    assert (document.status, document.error_code) == ("failed", "CONTENT_MISSING")


async def test_an_edition_that_answers_by_now_is_taken_away_by_nobody(bench: Bench) -> None:
    """Who was overtaken may still hold it for one that was left half built."""
    document_id = await bench.papers.add("paper.md", paper(20))
    await bench.ingest(document_id)
    document, before = await bench.papers.document(document_id), await bench.chunks(document_id)
    assert document.edition_id is not None
    await take_away(bench.workshop, bench.papers.index, document.edition_id)
    assert [chunk.id for chunk in await bench.chunks(document_id)] == [chunk.id for chunk in before] != []
    assert bench.stored(document_id).keys() == {chunk.id for chunk in before}


async def test_an_edition_that_was_taken_away_is_never_let_answer(bench: Bench) -> None:
    document_id = await bench.papers.add("paper.md", paper(2))
    await bench.ingest(document_id)
    with pytest.raises(StoreUnavailable):
        await bench.workshop.writer.write(Built("edn_gone", 2, 1).seal)
