"""The Weaviate store on a real server: every promise of a vector store, and what only a real one can break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from app.ids import new_id
from indexing.stores.vectors import Entry, Index, Scope
from indexing.stores.weaviate.address import Address
from indexing.stores.weaviate.store import WeaviateStore
from tests.contract.vectors.contract import VectorStoreContract
from tests.contract.vectors.keeping import every_chunk
from tests.contract.vectors.passages import only, without
from tests.contract.vectors.weighing import bm25

pytestmark = pytest.mark.services


DIMENSIONS = 32


def passages(number: int, document_id: str = "", seed: int = 1) -> list[Entry]:
    rng = np.random.default_rng(seed)
    return [
        Entry(
            new_id("chk"),
            document_id or f"doc_{at % 50}",
            1,
            f"passage {at}",
            rng.standard_normal(DIMENSIONS).astype(np.float32),
        )
        for at in range(number)
    ]


class TestWeaviate(VectorStoreContract):
    @pytest.fixture
    async def store(self, weaviate_address: Address) -> AsyncIterator[WeaviateStore]:
        store = WeaviateStore(weaviate_address)
        yield store
        await store.aclose()

    @pytest.fixture
    async def broken(self) -> AsyncIterator[WeaviateStore]:
        store = WeaviateStore(Address.of("http://127.0.0.1:9", 10))  # nobody listens at either
        yield store
        await store.aclose()

    async def test_what_is_more_than_one_deletion_is_deleted(self, store: WeaviateStore, index: Index) -> None:
        await store.put(index, [*passages(10_400, "doc_big"), *passages(3, "doc_small")])
        assert await store.remove_documents(index, ["doc_big"]) == 10_400
        assert len(await every_chunk(store, index)) == 3

    async def test_who_makes_a_class_at_the_same_time_makes_one(self, weaviate_address: Address, index: Index) -> None:
        stores = [WeaviateStore(weaviate_address) for _ in range(6)]
        entries = passages(6)
        await asyncio.gather(*(store.put(index, [entry]) for store, entry in zip(stores, entries, strict=True)))
        assert sorted(await every_chunk(stores[0], index)) == sorted(entry.chunk_id for entry in entries)
        for store in stores:
            await store.aclose()

    async def test_ids_of_the_same_words_are_different_ids(self, store: WeaviateStore, index: Index) -> None:
        acme, corp = replace(index, tenant_id="acme"), replace(index, tenant_id="Acme corp")
        (one, other) = passages(2)
        await store.put(acme, [replace(one, document_id="report")])
        await store.put(corp, [replace(other, document_id="annual-report")])
        assert [hit.chunk_id for hit in await store.near(acme, one.vector, Scope(1))] == [one.chunk_id]
        assert await store.near(corp, one.vector, only("report")) == []
        assert (await store.drop(acme), await store.drop(corp)) == (1, 1)

    async def test_a_rare_word_finds_its_chunks_among_any_number_of_others(
        self, store: WeaviateStore, index: Index
    ) -> None:
        """More chunks hold words of the question than are looked at, and what is hidden makes the rare one frequent."""
        shown = [replace(each, text=f"harbour {'tide ' * (at % 3)}{at}") for at, each in enumerate(passages(1_300))]
        shown[700] = replace(shown[700], text="a long way from the harbour, there is an embargo on nearly all of it")
        shown[900] = replace(shown[900], text="embargo")
        await store.put(index, shown)
        asked, scope = "harbour tide embargo", without("doc_hidden", limit=100)
        before, right = await store.matching(index, asked, scope), bm25("harbour tide embargo", shown)
        assert [hit.score for hit in before] == pytest.approx(sorted(right.values(), reverse=True)[:100], rel=1e-9)
        assert {hit.chunk_id for hit in before[:2]} == {shown[700].chunk_id, shown[900].chunk_id}
        await store.put(index, [replace(each, text="embargo") for each in passages(600, "doc_hidden")])
        assert await store.matching(index, asked, scope) == before

    @pytest.mark.parametrize("hidden", [0, 5, 25, 45, 49])
    async def test_a_filter_costs_no_recall(self, store: WeaviateStore, index: Index, hidden: int) -> None:
        """The documents that are hidden are those whose chunks are nearest to the question."""
        entries = passages(1_500)
        await store.put(index, entries)
        vectors = np.stack([entry.vector / np.linalg.norm(entry.vector) for entry in entries])
        for question in np.random.default_rng(7).standard_normal((10, DIMENSIONS)).astype(np.float32):
            cosines = vectors @ (question / np.linalg.norm(question))
            order = [entries[at] for at in np.argsort(-cosines)]
            nearest = list(dict.fromkeys(entry.document_id for entry in order))
            best = [entry.chunk_id for entry in order if entry.document_id not in nearest[:hidden]][:10]
            for scope in (without(*nearest[:hidden]), only(*nearest[hidden:])):
                assert [hit.chunk_id for hit in await store.near(index, question, scope)] == best
