"""A document becomes findable in a real Weaviate, waits while there is none, and leaves it when it is taken away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.work import Held, Later
from app.wiring.workshop import workshop_of
from indexing.pipeline.ingest import IngestRun
from indexing.stores.vectors import DocumentFilter, Index, Scope
from indexing.stores.weaviate.address import Address
from indexing.stores.weaviate.store import WeaviateStore
from tests.world.embedder import embedder, vector_of
from tests.world.people import Organisation
from tests.world.served import model_on
from tests.world.stacks import Stack, stack

pytestmark = pytest.mark.services

SUBJECTS = ("harbours", "glaciers", "looms", "orchards", "lanterns", "bridges")


def paper(subject: str) -> bytes:
    """Markdown whose paragraphs all say something else of one thing."""
    return "\n\n".join(f"Paragraph {number} speaks of {subject}. " * 8 for number in range(12)).encode()


@pytest.fixture
async def papers(acme: Organisation, root: httpx.AsyncClient) -> AsyncIterator[Stack]:
    async with embedder() as model:
        served = await model_on(root, model, modality="embedding")
        yield await stack(acme, embedding_model=served.slug)


@pytest.fixture
async def store(weaviate_address: Address) -> AsyncIterator[WeaviateStore]:
    store = WeaviateStore(weaviate_address)
    yield store
    await store.aclose()


async def ingest(papers: Stack, store: WeaviateStore, document_id: str, attempt: int = 1) -> object:
    job = (new_id("job"), papers.tenant_id, JobKind.INGEST_DOCUMENT, document_id, new_id("lse"))
    return await IngestRun(replace(workshop_of(papers.platform), vectors=store)).run(Held(*job, attempt, payload={}))


async def test_documents_are_found_by_meaning_and_words_and_only_where_they_may_be(
    papers: Stack, store: WeaviateStore
) -> None:
    index = Index(papers.tenant_id, papers.id, f"C{papers.id.replace('_', '')}")
    try:
        of = {subject: await papers.add(f"{subject}.md", paper(subject)) for subject in SUBJECTS}
        for document_id in of.values():
            assert await ingest(papers, store, document_id) is None
            assert (await papers.document(document_id)).status == "indexed"
        count = sum([(await papers.document(each)).chunk_count for each in of.values()])
        assert len([each async for page in store.chunk_ids(index) for each in page]) == count
        for subject, document_id in of.items():
            assert {hit.document_id for hit in await store.matching(index, subject, Scope(1))} == {document_id}
            only = Scope(1, DocumentFilter(all_except=False, ids=frozenset([document_id])), limit=500)
            found = await store.near(index, vector_of("anything"), only)
            assert len(found) == (await papers.document(document_id)).chunk_count
        await ingest(papers, store, of["looms"], attempt=2)
        assert len([each async for page in store.chunk_ids(index) for each in page]) == count
        assert await store.remove_documents(index, [of["looms"]]) > 0
        assert await store.matching(index, "looms", Scope(1)) == []
    finally:
        await store.drop(index)


async def test_a_document_waits_for_weaviate_and_goes_on(papers: Stack, store: WeaviateStore) -> None:
    nowhere = WeaviateStore(Address.of("http://127.0.0.1:9", 10))
    document_id = await papers.add("harbours.md", paper("harbours"))
    assert isinstance(await ingest(papers, nowhere, document_id), Later)
    waiting = await papers.document(document_id)
    assert (waiting.status == "indexed", bool(waiting.waiting_for)) == (False, True)
    assert await ingest(papers, store, document_id, attempt=2) is None
    assert (await papers.document(document_id)).status == "indexed"
    await store.drop(Index(papers.tenant_id, papers.id, f"C{papers.id.replace('_', '')}"))
