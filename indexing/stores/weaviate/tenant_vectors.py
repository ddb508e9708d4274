"""Knowing, stores: LlamaIndex's store for Weaviate with what is broken in it set right.

As it comes it asks vector queries as hybrid ones (scores mean nothing), takes a batch of which nothing was kept for a
success, stops deleting at the server's limit, knows no tenant, and makes classes in which one id matches another.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import BaseNode
from llama_index.core.vector_stores.types import VectorStoreQuery, VectorStoreQueryMode, VectorStoreQueryResult
from llama_index.vector_stores.weaviate import WeaviateVectorStore
from weaviate import WeaviateAsyncClient
from weaviate.classes.query import Filter, MetadataQuery, Metrics
from weaviate.collections.classes.filters import FilterReturn
from weaviate.collections.classes.internal import Object
from weaviate.collections.collection import CollectionAsync
from weaviate.exceptions import WeaviateQueryError

from indexing.errors import StoreUnavailable, UnfitVectors
from indexing.stores.vectors import Index
from indexing.stores.weaviate import classes
from indexing.stores.weaviate.client import answered
from indexing.stores.weaviate.filters import naming, not_of_tenant, of_documents, of_tenant, slices
from indexing.stores.weaviate.nodes import (
    TOLD,
    batches,
    found_node,
    holder_of,
    object_of,
    similarity,
    uuid_of,
    word_of,
)
from indexing.stores.weaviate.weighing import Extent, Holder

T = TypeVar("T")

AT_ONCE = 16
NAMED = 250  # chunks looked up or removed by one message: what is unpacked at once holds up the event loop
PAGE = 1_000
_TRIES = 3


class TenantVectors(WeaviateVectorStore):
    """The class of one collection, asked for nothing but its tenant's."""

    _index: Index = PrivateAttr()

    def __init__(self, client: WeaviateAsyncClient, index: Index) -> None:
        super().__init__(weaviate_client=client, index_name=index.name, text_key="words")
        self._index = index

    async def async_add(self, nodes: Sequence[BaseNode], **add_kwargs: Any) -> list[str]:
        """Keep these nodes, every one, in place of those with their ids."""
        if nodes:
            await classes.ensure(self.async_client, self.index_name, len(nodes[0].get_embedding()))
        for batch in batches(list({node.node_id: node for node in nodes}.values())):
            await self._take(batch)
            found = await self._findable(batch)
            if lost := [node for node in batch if node.node_id not in found]:
                await self._take_anew(lost)
        return [node.node_id for node in nodes]

    async def aquery(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """Find by meaning; `filter` narrows it. Nodes come without their texts. By words it is `holders`."""
        if query.mode != VectorStoreQueryMode.DEFAULT:
            raise ValueError(f"Invalid query mode: {query.mode}")
        ask = partial(
            self._class.query.near_vector,
            near_vector=query.query_embedding or [],
            filters=of_tenant(self._index, kwargs.get("filter")),
            limit=query.similarity_top_k,
            return_metadata=MetadataQuery(distance=True),
        )
        found = await self._found(ask, query.query_embedding)
        nodes = [found_node(each) for each in found]
        return VectorStoreQueryResult(nodes, [similarity(each) for each in found], [node.node_id for node in nodes])

    async def holders(self, words: Sequence[str], which: FilterReturn, limit: int) -> list[Holder]:
        """Chunks that hold any of these words; if there are more than so many, those that the server takes for best."""
        ask = partial(
            self._class.query.bm25,
            query=" ".join(words),
            query_properties=["words"],
            filters=of_tenant(self._index, which),
            limit=limit,
            return_metadata=MetadataQuery(explain_score=True),
        )
        return [holder_of(each) for each in await self._found(ask)]

    async def extent(self, which: FilterReturn) -> Extent:
        """How many of the tenant's chunks are such, and of how many words."""
        return await self._extent(of_tenant(self._index, which))

    async def extent_beside(self, others: FilterReturn) -> Extent:
        """The same of those that are not: of all there is without what a server has to read to count it."""
        strange = not_of_tenant(self._index) | others
        whole = await self._extent(None)
        for _ in range(_TRIES):
            outside = await self._extent(strange)
            before, whole = whole, await self._extent(None)
            if before == whole:  # nothing came or went between one count and the other
                break
        return whole - outside

    async def _extent(self, which: FilterReturn | None) -> Extent:
        words = Metrics("length").integer(sum_=True)
        ask = partial(self._class.aggregate.over_all, filters=which, total_count=True, return_metrics=words)
        answer = await self._asked(ask)
        if answer is None:
            return Extent()
        return Extent(answer.total_count or 0, int(getattr(answer.properties.get("length"), "sum_", None) or 0))

    async def aget_nodes(self, node_ids: Sequence[str] | None = None, filters: Any = None) -> list[BaseNode]:
        """Those of these nodes that are kept, with their vectors."""
        nodes: list[BaseNode] = []
        for some in slices(node_ids or (), NAMED):
            which = of_tenant(self._index, self._named(some))
            found = await self._found(
                partial(self._class.query.fetch_objects, filters=which, limit=len(some), include_vector=True)
            )
            nodes += [found_node(each) for each in found]
        return nodes

    async def adelete_nodes(  # type: ignore[override]  # it counts, where LlamaIndex says nothing
        self, node_ids: Sequence[str] | None = None, filters: Any = None, **_: Any
    ) -> int:
        """Remove these; says how many there were."""
        return sum([await self._erase_named(some) for some in slices(node_ids or (), NAMED)])

    async def adelete(self, ref_doc_id: str | Sequence[str], **_: Any) -> int:  # type: ignore[override]
        """Remove every node of a document or of some; says how many there were."""
        given = [ref_doc_id] if isinstance(ref_doc_id, str) else ref_doc_id
        return sum([await self._erase(of_documents(some)) for some in slices(given, NAMED)])

    async def aclear(self) -> int:  # type: ignore[override]
        """Remove the class, or if another tenant's nodes are in it, those of this one; says how many there were."""
        all_of_it, mine = await self._count(None), await self._count(of_tenant(self._index))
        if all_of_it is None or mine is None:
            return 0
        if mine != all_of_it and await self._is_shared():
            return sum([await self.adelete_nodes(page) async for page in self.apages()])
        await answered(self.async_client, self.async_client.collections.delete(self.index_name))
        return all_of_it

    async def apages(self) -> AsyncIterator[list[str]]:
        """The ids of all nodes, page by page; a cursor takes no filter, so whose they are is seen here."""
        async for told in self._walk():
            yield [str(each["chunk_id"]) for each in told if each["tenant_id"] == self._index.tenant_id]

    async def _walk(self) -> AsyncIterator[list[Any]]:
        after: UUID | None = None
        while page := await self._found(partial(self._class.query.fetch_objects, limit=PAGE, after=after)):
            after = page[-1].uuid
            yield [each.properties for each in page]

    async def _is_shared(self) -> bool:
        """Whether another tenant's nodes are in the class: filters may have lost some of ours, a walk has not."""
        async for told in self._walk():
            if any(each["tenant_id"] != self._index.tenant_id for each in told):
                return True
        return False

    async def _take(self, batch: Sequence[BaseNode]) -> None:
        objects = [object_of(self._index, node) for node in batch]
        kept = await answered(self.async_client, self._class.data.insert_many(objects))
        if kept.has_errors:
            raise StoreUnavailable(f"The vector store (Weaviate) did not keep {len(kept.errors)} chunks.")

    async def _take_anew(self, lost: Sequence[BaseNode]) -> None:
        """Delete and keep again: a server that was killed may hold what it cannot find; the same again mends none."""
        await self._erase_each([node.node_id for node in lost])
        await self._take(lost)
        found = await self._findable(lost)
        if any(node.node_id not in found for node in lost):
            raise StoreUnavailable(
                "The vector store (Weaviate) does not find what it keeps; ASYNC_INDEXING must be off."
            )

    async def _findable(self, batch: Sequence[BaseNode]) -> set[str]:
        """Those of a batch that questions find: by meaning, through every filter, and by a word of each."""
        query = self._class.query
        asked = {"filters": of_tenant(self._index, self._named([each.node_id for each in batch]), naming(batch))}
        near = partial(query.near_vector, near_vector=batch[0].get_embedding(), limit=len(batch), **asked)
        found = {str(each.properties["chunk_id"]) for each in await self._found(near)}
        words = {node.node_id: word for node in batch if (word := word_of(node))}
        if not words:
            return found
        spoken = partial(query.bm25, " ".join(words.values()), query_properties=["words"], limit=len(batch), **asked)
        heard = {str(each.properties["chunk_id"]) for each in await self._found(spoken)}
        return {each for each in found if each in heard or each not in words}

    @property
    def _class(self) -> CollectionAsync[Any, Any]:
        return self.async_client.collections.use(self.index_name)

    async def _asked(
        self, ask: Callable[[], Coroutine[Any, Any, T]], vector: Sequence[float] | None = None
    ) -> T | None:
        """Ask the class, None if it is not there; who asked while it was being made asks once more."""
        for last in (False, True):
            try:
                return await answered(self.async_client, ask())
            except WeaviateQueryError:
                dimensions = await classes.dimensions_of(self.async_client, self.index_name)
                if dimensions is None:
                    return None
                if vector is not None and len(vector) != dimensions:
                    said = f"The question has {len(vector)} dimensions, the collection has {dimensions}."
                    raise UnfitVectors(said) from None
                if last:
                    raise
        return None

    async def _found(
        self, ask: Callable[..., Coroutine[Any, Any, Any]], vector: Sequence[float] | None = None
    ) -> list[Object[Any, Any]]:
        answer = await self._asked(partial(ask, return_properties=TOLD), vector)
        return [] if answer is None else list(answer.objects)

    async def _count(self, which: FilterReturn | None) -> int | None:
        answer = await self._asked(partial(self._class.aggregate.over_all, filters=which, total_count=True))
        return None if answer is None else answer.total_count

    async def _erase(self, which: FilterReturn | None) -> int:
        """Delete until nothing matches: a server deletes some thousands at a time, and says so in passing."""
        ask = partial(self._class.data.delete_many, where=of_tenant(self._index, which))
        gone = 0
        while (done := await self._asked(ask)) is not None and done.matches:
            if done.failed or not done.successful:
                raise StoreUnavailable(f"The vector store (Weaviate) did not remove {done.matches} chunks.")
            gone += done.successful
        return gone

    async def _erase_named(self, chunk_ids: Sequence[str]) -> int:
        """Delete some, by their ids alone where filters do not reach them all."""
        gone = await self._erase(self._named(chunk_ids))
        if gone >= len(chunk_ids) or await classes.dimensions_of(self.async_client, self.index_name) is None:
            return gone
        return gone + await self._erase_each(chunk_ids)

    async def _erase_each(self, chunk_ids: Sequence[str]) -> int:
        """Delete one by one, past every filter; says how many there were."""
        gone = 0
        for some in slices(chunk_ids, AT_ONCE):
            asked = [self._erase_one(uuid_of(self._index, each)) for each in some]
            gone += sum(await answered(self.async_client, _all(asked)))
        return gone

    async def _erase_one(self, uuid: UUID) -> bool:
        """Whether it was there is asked first: a server says yes to deleting what was never there."""
        return await self._class.data.exists(uuid) and await self._class.data.delete_by_id(uuid)

    def _named(self, chunk_ids: Sequence[str]) -> FilterReturn:
        return Filter.by_id().contains_any([uuid_of(self._index, each) for each in chunk_ids])


async def _all(asked: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    return list(await asyncio.gather(*asked))
