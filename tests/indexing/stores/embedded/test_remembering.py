"""What is remembered is what the file says, whoever wrote it last; and it is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexing.stores.embedded import layout
from indexing.stores.embedded.files import Files, moment
from indexing.stores.embedded.matrices import Matrices, Matrix
from indexing.stores.embedded.places import Places
from indexing.stores.embedded.reading import state_of
from indexing.stores.embedded.store import EmbeddedVectors
from indexing.stores.vectors import Entry, Index, Scope
from tests.contract.vectors.passages import DIMENSIONS, NORTH, chunks, ids, new_index, only, passage, toward


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedVectors]:
    store = EmbeddedVectors(tmp_path)
    yield store
    await store.aclose()


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[EmbeddedVectors]:
    store = EmbeddedVectors(tmp_path)
    yield store
    await store.aclose()


@pytest.fixture
def remembered(tmp_path: Path) -> Callable[[Matrices, Index], Matrix | None]:
    """What a memory holds of the first generation of an index, after it has looked."""
    files = Files(Places(tmp_path, 5), 1, layout)

    def look(matrices: Matrices, index: Index) -> Matrix | None:
        with files.lent(index.name) as file:
            assert file is not None
            held = matrices.held(file.place, 1)
            with held.lock, moment(file.connection):
                state = state_of(file.connection, 1)
                assert state is not None
                return matrices.brought_up(held, file.connection, 1, state)

    return look


async def test_what_another_has_written_is_seen_at_once(store: EmbeddedVectors, other: EmbeddedVectors) -> None:
    index, kept = new_index(), [passage("doc_kept", angle=0.5)]
    await store.put(index, kept)
    for round_ in range(20):
        fresh = passage(f"doc_{round_}", angle=0.4 - round_ / 100)
        await other.put(index, [fresh])
        kept.insert(0, fresh)
        assert chunks(await store.near(index, toward(NORTH), Scope(1, limit=50))) == ids(*kept)
        assert chunks(await store.near(index, toward(NORTH), only(fresh.document_id))) == ids(fresh)
        if round_ % 3 == 2:
            assert await other.remove(index, ids(kept.pop(1))) == 1
            assert chunks(await store.near(index, toward(NORTH), Scope(1, limit=50))) == ids(*kept)


async def test_what_was_emptied_and_filled_anew_is_not_mistaken(store: EmbeddedVectors, other: EmbeddedVectors) -> None:
    index = new_index()
    for round_ in range(4):
        entries = [replace(passage(), vector=np.ones(DIMENSIONS + round_ // 2, dtype=np.float32)) for _ in range(3)]
        await other.put(index, entries)
        found = await store.near(index, entries[0].vector, Scope(1))
        assert sorted(chunks(found)) == sorted(ids(*entries))
        await other.remove_documents(index, [entry.document_id for entry in entries])


async def test_what_was_added_is_read_and_nothing_else(
    store: EmbeddedVectors, remembered: Callable[[Matrices, Index], Matrix | None]
) -> None:
    index, matrices = new_index(), Matrices(1 << 20)
    await store.put(index, [passage() for _ in range(100)])
    first = remembered(matrices, index)
    assert first is not None
    assert remembered(matrices, index) is first
    await store.put(index, [passage()])
    second = remembered(matrices, index)
    await store.put(index, [passage() for _ in range(10)])
    third = remembered(matrices, index)
    assert second is not None
    assert third is not None
    assert (first.used, second.used, third.used) == (100, 101, 111)
    assert np.shares_memory(first.all.vectors, third.all.vectors)
    assert len(second.shown().rows) == 101


async def test_what_was_removed_is_left_out_and_then_left(
    store: EmbeddedVectors, remembered: Callable[[Matrices, Index], Matrix | None]
) -> None:
    index, matrices, entries = new_index(), Matrices(1 << 20), [passage() for _ in range(100)]
    await store.put(index, entries)
    first = remembered(matrices, index)
    await store.remove(index, ids(*entries[:30]))
    second = remembered(matrices, index)
    await store.remove(index, ids(*entries[30:70]))
    third = remembered(matrices, index)
    assert first is not None
    assert second is not None
    assert second.left is not None
    assert third is not None
    assert np.shares_memory(first.all.vectors, second.all.vectors)
    assert (int(second.left.sum()), third.used, third.left) == (70, 30, None)


async def test_memory_is_bounded_and_the_last_asked_stay(
    store: EmbeddedVectors, remembered: Callable[[Matrices, Index], Matrix | None]
) -> None:
    indexes = [new_index() for _ in range(4)]
    for index in indexes:
        await store.put(index, [passage() for _ in range(100)])
    matrices = Matrices(3 * 100 * (DIMENSIONS * 4 + 13))
    seen = [remembered(matrices, index) for index in indexes]
    assert remembered(matrices, indexes[3]) is seen[3]
    assert remembered(matrices, indexes[1]) is seen[1]
    assert remembered(matrices, indexes[0]) is not seen[0]
    assert remembered(matrices, indexes[2]) is not seen[2]
    assert remembered(Matrices(100), indexes[0]) is None


async def test_readers_beside_a_writer_see_whole_moments(store: EmbeddedVectors, other: EmbeddedVectors) -> None:
    """Each put replaces all passages by ones that stand elsewhere: a page of two moments would show two angles."""
    index, names = new_index(), [f"chk_{number}" for number in range(40)]

    def moved(angle: float) -> list[Entry]:
        return [Entry(name, "doc_1", 1, "word", toward(angle)) for name in names]

    await store.put(index, moved(0))
    done = asyncio.Event()

    async def write() -> None:
        for step in range(30):
            await other.put(index, moved(step / 20))
        done.set()

    async def read() -> None:
        while not done.is_set():
            found = await store.near(index, toward(NORTH), Scope(1, limit=100))
            assert sorted(chunks(found)) == sorted(names)
            assert len({round(hit.score, 4) for hit in found}) == 1
            assert len(await store.matching(index, "word", Scope(1, limit=100))) == 40

    await asyncio.gather(write(), read(), read())
