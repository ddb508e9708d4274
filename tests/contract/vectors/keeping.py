"""What is kept, replaced and removed, whichever store keeps it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from indexing.errors import UnfitVectors
from indexing.stores.vectors import Entry, Index, Scope, VectorStore
from tests.contract.vectors.passages import (
    DIMENSIONS,
    EAST,
    NORTH,
    chunks,
    ids,
    new_index,
    passage,
    strangers,
    toward,
)


async def every_chunk(store: VectorStore, index: Index) -> list[str]:
    """All that is kept, as it is listed."""
    return [chunk_id async for page in store.chunk_ids(index) for chunk_id in page]


class Keeping:
    """Writing, reading back, removing."""

    async def test_an_index_that_is_not_there_is_empty(self, store: VectorStore, index: Index) -> None:
        assert await store.near(index, toward(NORTH), Scope(1)) == []
        assert await store.matching(index, "anything", Scope(1)) == []
        assert await store.vectors(index, ["chk_1"]) == {}
        assert await every_chunk(store, index) == []
        assert await store.remove(index, ["chk_1"]) == 0
        assert await store.remove_documents(index, ["doc_1"]) == 0
        assert await store.drop(index) == 0

    async def test_nothing_put_is_nothing_kept(self, store: VectorStore, index: Index) -> None:
        await store.put(index, [])
        assert await every_chunk(store, index) == []

    async def test_put_twice_is_once(self, store: VectorStore, index: Index) -> None:
        entries = [passage(text="winter tyres", angle=number / 10) for number in range(5)]
        await store.put(index, entries)
        await store.put(index, entries)
        assert sorted(await every_chunk(store, index)) == sorted(ids(*entries))
        assert chunks(await store.near(index, toward(NORTH), Scope(1))) == ids(*entries)
        assert sorted(chunks(await store.matching(index, "winter", Scope(1)))) == sorted(ids(*entries))

    async def test_of_one_id_in_one_put_the_last_is_kept(self, store: VectorStore, index: Index) -> None:
        first = passage(text="first", angle=NORTH)
        await store.put(index, [first, replace(first, text="last", vector=toward(EAST))])
        assert await every_chunk(store, index) == [first.chunk_id]
        assert chunks(await store.matching(index, "last", Scope(1))) == [first.chunk_id]
        assert await store.matching(index, "first", Scope(1)) == []

    async def test_what_is_put_again_replaces_all_of_it(self, store: VectorStore, index: Index) -> None:
        old = passage("doc_old", "summer", NORTH)
        await store.put(index, [old, passage("doc_else", "autumn", 0.1)])
        await store.put(index, [Entry(old.chunk_id, "doc_new", 2, "winter", toward(EAST))])
        assert await store.matching(index, "summer", Scope(1)) == []
        assert len(await store.near(index, toward(NORTH), Scope(1))) == 1
        (hit,) = await store.near(index, toward(EAST), Scope(2))
        assert (hit.chunk_id, hit.document_id, round(hit.score, 3)) == (old.chunk_id, "doc_new", 1.0)
        assert await store.remove_documents(index, ["doc_old"]) == 0

    async def test_thousands_are_put_at_once_and_listed_in_pages(self, store: VectorStore, index: Index) -> None:
        entries = [passage("doc_many", f"passage {number}") for number in range(5_200)]
        await store.put(index, entries)
        pages = [page async for page in store.chunk_ids(index)]
        assert sorted(chunk_id for page in pages for chunk_id in page) == sorted(ids(*entries))
        assert len(pages) > 1
        assert await store.drop(index) == len(entries)

    async def test_vectors_come_back_in_their_direction(self, store: VectorStore, index: Index) -> None:
        rng = np.random.default_rng(7)
        entries = [
            replace(passage(), vector=(rng.standard_normal(DIMENSIONS) * 3).astype(np.float32)) for _ in range(600)
        ]
        await store.put(index, entries)
        kept = await store.vectors(index, [*ids(*entries), "chk_never"])
        assert kept.keys() == set(ids(*entries))
        for entry in entries:
            given, back = entry.vector, kept[entry.chunk_id]
            cosine = float(given @ back) / float(np.linalg.norm(given) * np.linalg.norm(back))
            assert cosine == pytest.approx(1, abs=1e-5)

    async def test_what_is_removed_is_counted_and_gone(self, store: VectorStore, index: Index) -> None:
        gone, left = [passage(text="salt", angle=0.1) for _ in range(3)], [passage(text="salt") for _ in range(2)]
        await store.put(index, [*gone, *left])
        assert await store.remove(index, [*ids(*gone), "chk_never"]) == 3
        assert await store.remove(index, ids(*gone)) == 0
        assert await store.remove(index, []) == 0
        assert sorted(await every_chunk(store, index)) == sorted(ids(*left))
        assert sorted(chunks(await store.near(index, toward(0.1), Scope(1)))) == sorted(ids(*left))
        assert sorted(chunks(await store.matching(index, "salt", Scope(1)))) == sorted(ids(*left))
        assert await store.vectors(index, ids(*gone)) == {}

    async def test_a_document_is_removed_from_every_generation(self, store: VectorStore, index: Index) -> None:
        gone = [passage("doc_gone", "salt", generation=number) for number in (1, 1, 2)]
        left = passage("doc_left", "salt")
        await store.put(index, [*gone, left])
        assert await store.remove_documents(index, ["doc_gone", *strangers(5_000)]) == 3
        assert await store.remove_documents(index, []) == 0
        assert await every_chunk(store, index) == [left.chunk_id]
        assert await store.near(index, toward(NORTH), Scope(2)) == []
        assert await store.matching(index, "salt", Scope(2)) == []

    async def test_a_dropped_index_is_empty_and_can_begin_anew(self, store: VectorStore, index: Index) -> None:
        await store.put(index, [passage(text="before"), passage(text="before", generation=2)])
        assert await store.drop(index) == 2
        assert await store.near(index, toward(NORTH), Scope(1)) == []
        assert await every_chunk(store, index) == []
        after = passage(text="after")
        await store.put(index, [after])
        assert await every_chunk(store, index) == [after.chunk_id]
        assert chunks(await store.near(index, toward(NORTH), Scope(1))) == [after.chunk_id]
        assert await store.matching(index, "before", Scope(1)) == []

    async def test_another_tenant_finds_and_removes_nothing(self, store: VectorStore, index: Index) -> None:
        kept = passage("doc_kept", "salaries")
        await store.put(index, [kept])
        stranger = replace(index, tenant_id=new_index().tenant_id)
        assert await store.near(stranger, toward(NORTH), Scope(1)) == []
        assert await store.matching(stranger, "salaries", Scope(1)) == []
        assert await store.vectors(stranger, [kept.chunk_id]) == {}
        assert await every_chunk(store, stranger) == []
        assert await store.remove(stranger, [kept.chunk_id]) == 0
        assert await store.remove_documents(stranger, ["doc_kept"]) == 0
        assert await store.drop(stranger) == 0
        assert await every_chunk(store, index) == [kept.chunk_id]

    async def test_two_indexes_hold_the_same_ids_apart(self, store: VectorStore, index: Index) -> None:
        entry, beside = passage("doc_1", "here"), new_index(index.tenant_id)
        try:
            await store.put(index, [entry])
            await store.put(beside, [replace(entry, text="there")])
            assert await store.matching(index, "there", Scope(1)) == []
            assert await store.drop(beside) == 1
            assert await every_chunk(store, index) == [entry.chunk_id]
        finally:
            await store.drop(beside)

    @pytest.mark.parametrize("spoilt", [np.nan, np.inf, -np.inf])
    async def test_what_is_no_number_is_refused_with_all_it_came_with(
        self, store: VectorStore, index: Index, spoilt: float
    ) -> None:
        bad = toward(NORTH)
        bad[3] = spoilt
        with pytest.raises(UnfitVectors):
            await store.put(index, [passage(), replace(passage(), vector=bad)])
        assert await every_chunk(store, index) == []

    async def test_another_number_of_dimensions_is_refused(self, store: VectorStore, index: Index) -> None:
        kept, longer = passage(), np.ones(DIMENSIONS + 1, dtype=np.float32)
        await store.put(index, [kept])
        with pytest.raises(UnfitVectors):
            await store.put(index, [replace(passage(), vector=longer)])
        with pytest.raises(UnfitVectors):
            await store.put(index, [passage(), replace(passage(), vector=longer)])
        with pytest.raises(UnfitVectors):
            await store.near(index, longer, Scope(1))
        assert await every_chunk(store, index) == [kept.chunk_id]

    async def test_many_write_and_read_at_once(self, store: VectorStore, index: Index) -> None:
        batches = [[passage(f"doc_{part}", f"part {part}", part / 20) for _ in range(20)] for part in range(12)]

        async def ask() -> None:
            for _ in range(10):
                for hit in await store.near(index, toward(NORTH), Scope(1, limit=50)):
                    assert hit.document_id in {entry.document_id for batch in batches for entry in batch}
                await store.matching(index, "part", Scope(1))

        await asyncio.gather(*(store.put(index, batch) for batch in batches), *(ask() for _ in range(3)))
        await asyncio.gather(*(store.put(index, batch) for batch in batches[:3] * 2))
        assert sorted(await every_chunk(store, index)) == sorted(ids(*(entry for batch in batches for entry in batch)))
        found = await store.near(index, toward(NORTH), Scope(1, limit=240))
        assert len(found) == 240
