"""Meaning and words together, whichever store is asked."""

from __future__ import annotations

from indexing.stores.hybrid import Question, hybrid
from indexing.stores.vectors import Index, Scope, VectorStore
from tests.contract.vectors.passages import EAST, NORTH, chunks, ids, only, passage, toward


class Together:
    """`hybrid` on a store."""

    async def test_what_is_near_and_says_so_comes_first(self, store: VectorStore, index: Index) -> None:
        both = passage(text="harbour tide", angle=0.2)
        near = passage(text="bread", angle=0.1)
        said = passage(text="the harbour, among many other things", angle=EAST)
        await store.put(index, [near, said, both])
        question = Question(toward(NORTH), "harbour")
        found = await hybrid(store, index, question, Scope(1))
        assert chunks(found)[0] == both.chunk_id
        assert sorted(chunks(found)) == sorted(ids(both, near, said))
        assert all(0 < hit.score <= 1 for hit in found)
        assert chunks(await hybrid(store, index, question, only(said.document_id))) == ids(said)
        assert len(await hybrid(store, index, question, Scope(1, limit=1))) == 1

    async def test_one_way_alone_is_its_own_order(self, store: VectorStore, index: Index) -> None:
        near, said = passage(text="bread", angle=0.1), passage(text="harbour", angle=EAST)
        await store.put(index, [near, said])
        meaning, words = Question(toward(NORTH), "harbour", words=0), Question(toward(NORTH), "harbour", words=1)
        assert chunks(await hybrid(store, index, meaning, Scope(1))) == ids(near, said)
        assert chunks(await hybrid(store, index, words, Scope(1))) == ids(said)
        nobody = Question(toward(NORTH), "zeppelin")
        assert chunks(await hybrid(store, index, nobody, Scope(1))) == ids(near, said)
