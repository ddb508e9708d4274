"""Knowing, stores: what the port asks about one index, put to its class in Weaviate."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from llama_index.core.vector_stores.types import VectorStoreQuery
from weaviate import WeaviateAsyncClient

from indexing.errors import UnfitVectors
from indexing.stores.vectors import Entry, Hit, Index, Scope
from indexing.stores.weaviate.filters import in_scope
from indexing.stores.weaviate.nodes import node_of
from indexing.stores.weaviate.tenant_vectors import TenantVectors
from indexing.stores.weaviate.wording import Wording

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 10_000  # of itself a server answers a query with no more


def is_fit(vector: NDArray[np.float32]) -> bool:
    """Whether it is a row of finite numbers."""
    return vector.ndim == 1 and len(vector) > 0 and bool(np.isfinite(vector).all())


def check(entries: Sequence[Entry]) -> None:
    """Refuse vectors that cannot stand in one index."""
    if not all(is_fit(entry.vector) for entry in entries):
        raise UnfitVectors("A vector is no row of finite numbers.")
    if len({len(entry.vector) for entry in entries}) > 1:
        raise UnfitVectors("The vectors differ in their number of dimensions.")


class Asking:
    """One index, asked in the words of the port; failures are the client's own."""

    def __init__(self, client: WeaviateAsyncClient, index: Index) -> None:
        self._kept = TenantVectors(client, index)

    async def put(self, entries: Sequence[Entry]) -> None:
        """Keep these."""
        await asyncio.to_thread(check, entries)
        await self._kept.async_add(await asyncio.to_thread(lambda: [node_of(each) for each in entries]))

    async def near(self, vector: NDArray[np.float32], scope: Scope) -> list[Hit]:
        """Ask by meaning."""
        if not is_fit(vector):
            raise UnfitVectors("The vector of the question is no row of finite numbers.")
        query = VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=min(scope.limit, MOST))
        return await self._best(query, scope)

    async def matching(self, text: str, scope: Scope) -> list[Hit]:
        """Ask by words."""
        return await Wording(self._kept, scope, MOST).best(text)

    async def _best(self, query: VectorStoreQuery, scope: Scope) -> list[Hit]:
        """Ask slice by slice; each is exact, so the best of all slices are the best of all."""
        best: list[Hit] = []
        for which in in_scope(scope):
            found = await self._kept.aquery(query, filter=which)
            hits = [
                Hit(node.node_id, node.metadata["document_id"], score)
                for node, score in zip(found.nodes or (), found.similarities or (), strict=True)
            ]
            best = heapq.nsmallest(query.similarity_top_k, [*best, *hits], key=lambda hit: (-hit.score, hit.chunk_id))
        return best

    async def vectors(self, chunk_ids: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of those that are kept."""
        nodes = await self._kept.aget_nodes(list(chunk_ids))
        return {node.node_id: np.asarray(node.get_embedding(), dtype=np.float32) for node in nodes}

    async def remove(self, chunk_ids: Collection[str]) -> int:
        """Keep these no longer."""
        return await self._kept.adelete_nodes(list(chunk_ids))

    async def remove_documents(self, document_ids: Collection[str]) -> int:
        """Keep nothing of these any longer."""
        return await self._kept.adelete(list(document_ids))

    def pages(self) -> AsyncIterator[list[str]]:
        """All ids, page by page."""
        return self._kept.apages()

    async def drop(self) -> int:
        """Keep nothing any longer."""
        return await self._kept.aclear()
