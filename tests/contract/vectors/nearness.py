"""What is near and who may be shown it, whichever store is asked."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from indexing.stores.vectors import Index, Scope, VectorStore
from tests.contract.vectors.passages import (
    EAST,
    NORTH,
    chunks,
    ids,
    only,
    passage,
    strangers,
    toward,
    without,
)


class Nearness:
    """Order, scores and filters of `near`."""

    async def test_the_nearest_come_first_with_their_cosine(self, store: VectorStore, index: Index) -> None:
        angles = [0.0, 0.3, EAST, 2.0, math.pi]
        entries = [passage(angle=angle) for angle in angles]
        await store.put(index, entries[::-1])
        found = await store.near(index, toward(NORTH), Scope(1))
        assert chunks(found) == ids(*entries)
        assert [hit.score for hit in found] == pytest.approx([math.cos(angle) for angle in angles], abs=1e-4)
        assert all(-1 <= hit.score <= 1 for hit in found)
        assert [hit.document_id for hit in found] == [entry.document_id for entry in entries]

    async def test_lengths_of_vectors_do_not_count(self, store: VectorStore, index: Index) -> None:
        near, far = passage(), passage()
        await store.put(
            index,
            [replace(near, vector=toward(0.1, length=1e-3)), replace(far, vector=toward(0.4, length=1e3))],
        )
        found = await store.near(index, toward(NORTH, length=50), Scope(1))
        assert chunks(found) == ids(near, far)
        assert [hit.score for hit in found] == pytest.approx([math.cos(0.1), math.cos(0.4)], abs=1e-4)

    async def test_no_more_is_found_than_was_asked_for_or_is_there(self, store: VectorStore, index: Index) -> None:
        entries = [passage(angle=number / 30) for number in range(30)]
        await store.put(index, entries)
        assert chunks(await store.near(index, toward(NORTH), Scope(1, limit=1))) == ids(entries[0])
        assert chunks(await store.near(index, toward(NORTH), Scope(1, limit=7))) == ids(*entries[:7])
        assert chunks(await store.near(index, toward(NORTH), Scope(1, limit=500))) == ids(*entries)
        assert await store.near(index, toward(NORTH), Scope(1, limit=0)) == []

    async def test_one_generation_answers_at_a_time(self, store: VectorStore, index: Index) -> None:
        old, new = passage("doc_1", "tide", 0.1), passage("doc_1", "tide", 0.2, generation=2)
        await store.put(index, [old, new])
        for generation, entry in ((1, old), (2, new)):
            assert chunks(await store.near(index, toward(NORTH), Scope(generation))) == [entry.chunk_id]
            assert chunks(await store.matching(index, "tide", Scope(generation))) == [entry.chunk_id]
        assert await store.near(index, toward(NORTH), Scope(3)) == []

    async def test_filters_keep_and_leave_out_documents(self, store: VectorStore, index: Index) -> None:
        entries = [passage(f"doc_{number % 3}", angle=number / 10) for number in range(9)]
        await store.put(index, entries)
        of = {name: ids(*(entry for entry in entries if entry.document_id == name)) for name in ("doc_0", "doc_1")}
        rest = [entry.chunk_id for entry in entries if entry.document_id != "doc_0"]
        cases = [
            (only(), []),
            (without(), ids(*entries)),
            (only("doc_1"), of["doc_1"]),
            (without("doc_0"), rest),
            (only("doc_never"), []),
            (without("doc_never"), ids(*entries)),
            (only("doc_1", *strangers(6_000)), of["doc_1"]),
            (without("doc_0", *strangers(6_000)), rest),
        ]
        for scope, expected in cases:
            assert chunks(await store.near(index, toward(NORTH), scope)) == expected, scope.documents

    async def test_filters_hold_when_documents_that_were_found_are_gone(self, store: VectorStore, index: Index) -> None:
        left, gone = passage("doc_left", "ebb"), passage("doc_gone", "ebb")
        await store.put(index, [left])
        await store.put(index, [gone])
        assert len(await store.near(index, toward(NORTH), Scope(1))) == 2
        assert await store.remove(index, ids(gone)) == 1
        for scope in (without("doc_gone"), without("doc_never"), only("doc_left", "doc_gone"), Scope(1)):
            assert chunks(await store.near(index, toward(NORTH), scope)) == ids(left)
            assert chunks(await store.matching(index, "ebb", scope)) == ids(left)

    async def test_who_may_read_one_document_in_a_hundred_gets_a_full_page(
        self, store: VectorStore, index: Index
    ) -> None:
        """The best matches belong to others: they cost the reader nothing."""
        others = [passage(f"doc_other_{number % 99}", "budget", number / 10_000) for number in range(1_980)]
        own = [passage("doc_own", f"budget and {number} more words", 1 + number / 100) for number in range(20)]
        await store.put(index, [*others, *own])
        hidden = {entry.document_id for entry in others}
        for scope in (only("doc_own"), without(*hidden)):
            assert chunks(await store.near(index, toward(NORTH), scope)) == ids(*own[:10])
            words = await store.matching(index, "budget", scope)
            assert len(words) == 10
            assert {hit.document_id for hit in words} == {"doc_own"}

    async def test_a_filter_of_thousands_of_documents_that_are_there(self, store: VectorStore, index: Index) -> None:
        entries = [passage(f"doc_{number}", "ledger", number / 10_000) for number in range(5_500)]
        await store.put(index, entries)
        names = [entry.document_id for entry in entries]
        cases = [(without(*names[:5_400]), 5_400), (only(*names[5_400:]), 5_400), (only(*names[100:]), 100)]
        for scope, first in cases:
            found = await store.near(index, toward(NORTH), scope)
            cosines = [math.cos((first + number) / 10_000) for number in range(10)]
            assert [hit.score for hit in found] == pytest.approx(cosines, abs=1e-4)
            assert {hit.document_id for hit in found} <= set(names[first:])
            words = await store.matching(index, "ledger", scope)
            assert len(words) == 10
            assert {hit.document_id for hit in words} <= set(names[first:])
