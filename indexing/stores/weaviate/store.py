"""Knowing, stores: the vector store port on Weaviate; the server may be away, and is looked for when it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from app.loading import loading
from indexing.stores.vectors import Entry, Hit, Index, Scope
from indexing.stores.weaviate.address import Address

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from weaviate import WeaviateAsyncClient

    from indexing.stores.weaviate.asking import Asking

NOWHERE = Index(tenant_id="nobody", collection_id="none", name="Scaigrid_probe")  # a class that is never made


class WeaviateStore:
    """Keeps the vectors and words of chunks in Weaviate; nothing of it is loaded or opened before it is asked."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._opening = asyncio.Lock()
        self._client: WeaviateAsyncClient | None = None

    async def put(self, index: Index, entries: Sequence[Entry]) -> None:
        """Keep these, every one of them."""
        if entries:
            async with self._asking(index) as asking:
                await asking.put(entries)

    async def near(self, index: Index, vector: NDArray[np.float32], scope: Scope) -> list[Hit]:
        """Find the nearest in meaning."""
        if _is_empty(scope):
            return []
        async with self._asking(index) as asking:
            return await asking.near(vector, scope)

    async def matching(self, index: Index, text: str, scope: Scope) -> list[Hit]:
        """Find what holds words of a text."""
        if _is_empty(scope) or not text.strip():
            return []
        async with self._asking(index) as asking:
            return await asking.matching(text, scope)

    async def vectors(self, index: Index, chunk_ids: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Look up the vectors of some chunks."""
        async with self._asking(index) as asking:
            return await asking.vectors(chunk_ids)

    async def remove(self, index: Index, chunk_ids: Collection[str]) -> int:
        """Keep these no longer."""
        async with self._asking(index) as asking:
            return await asking.remove(chunk_ids)

    async def remove_documents(self, index: Index, document_ids: Collection[str]) -> int:
        """Keep nothing of these documents any longer."""
        async with self._asking(index) as asking:
            return await asking.remove_documents(document_ids)

    async def chunk_ids(self, index: Index) -> AsyncIterator[Sequence[str]]:
        """Read the ids of all chunks."""
        async with self._asking(index) as asking:
            async for page in asking.pages():
                if page:
                    yield page

    async def outdated(self, index: Index) -> AsyncIterator[Sequence[str]]:
        """None that is known: it is not noted how words were read, which has not changed since classes keep them."""
        none: Sequence[Sequence[str]] = ()
        for page in none:
            yield page

    async def drop(self, index: Index) -> int:
        """Keep nothing of an index any longer."""
        async with self._asking(index) as asking:
            return await asking.drop()

    async def answers(self) -> None:
        """Ask both doors: what is not there is not found through one, and known not to be there through the other."""
        async with self._asking(NOWHERE) as asking:
            async for _ in asking.pages():
                pass

    async def aclose(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    @asynccontextmanager
    async def _asking(self, index: Index) -> AsyncIterator[Asking]:
        asking, client = await asyncio.to_thread(_driver)
        with client.translated():
            yield asking.Asking(self._client or await self._opened(client), index)

    async def _opened(self, client: ModuleType) -> WeaviateAsyncClient:
        async with asyncio.timeout(client.OPENING_SECONDS), self._opening:
            if self._client is None:
                self._client = await client.open_client(self._address)
            return self._client


def _is_empty(scope: Scope) -> bool:
    only = scope.documents
    return scope.limit < 1 or (only is not None and not only.all_except and not only.ids)


def _driver() -> tuple[ModuleType, ModuleType]:
    """Load what speaks to Weaviate: it takes seconds, and most never need it."""
    with loading():
        from indexing.stores.weaviate import asking, client  # noqa: PLC0415

    return asking, client
