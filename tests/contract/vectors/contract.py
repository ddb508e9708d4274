"""Every promise of a vector store in one class."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from indexing.errors import StoreUnavailable
from indexing.stores.vectors import Index, Scope, VectorStore
from tests.contract.vectors.keeping import Keeping, every_chunk
from tests.contract.vectors.nearness import Nearness
from tests.contract.vectors.passages import NORTH, new_index, passage, toward
from tests.contract.vectors.together import Together
from tests.contract.vectors.weighing import Weighing
from tests.contract.vectors.wording import Wording


class VectorStoreContract(Keeping, Nearness, Wording, Weighing, Together):
    """Inherit it and give it two fixtures: `store`, and `broken`, one that cannot answer."""

    @pytest.fixture
    async def index(self, store: VectorStore) -> AsyncIterator[Index]:
        index = new_index()
        yield index
        await store.drop(index)

    async def test_it_answers(self, store: VectorStore) -> None:
        await store.answers()

    async def test_a_broken_store_says_so_whatever_is_asked(self, broken: VectorStore) -> None:
        index = new_index()
        attempts = {
            "answers": broken.answers(),
            "put": broken.put(index, [passage()]),
            "near": broken.near(index, toward(NORTH), Scope(1)),
            "matching": broken.matching(index, "words", Scope(1)),
            "vectors": broken.vectors(index, ["chk_1"]),
            "remove": broken.remove(index, ["chk_1"]),
            "remove_documents": broken.remove_documents(index, ["doc_1"]),
            "chunk_ids": every_chunk(broken, index),
            "drop": broken.drop(index),
        }
        said = {}
        for name, attempt in attempts.items():
            with pytest.raises(StoreUnavailable) as caught:
                await attempt
            said[name] = caught.value.message
        assert all(said.values())
