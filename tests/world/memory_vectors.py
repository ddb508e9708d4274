"""A vector store in memory, for who needs to look into it, take something out of it, or take it away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from indexing.errors import StoreUnavailable
from indexing.stores.vectors import Entry, Hit, Index, Scope


class MemoryVectors:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.kept: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
        self.puts = 0
        self.away = False

    async def put(self, index: Index, entries: Sequence[Entry]) -> None:
        self._ask()
        self.puts += 1
        self.kept[index.name].update((entry.chunk_id, entry) for entry in entries)

    async def near(self, index: Index, vector: NDArray[np.float32], scope: Scope) -> list[Hit]:
        self._ask()
        entries = [entry for entry in self.kept[index.name].values() if entry.generation == scope.generation]
        found = [Hit(entry.chunk_id, entry.document_id, float(entry.vector @ vector)) for entry in entries]
        return sorted(found, key=lambda hit: -hit.score)[: scope.limit]

    async def matching(self, index: Index, text: str, scope: Scope) -> list[Hit]:
        self._ask()
        raise NotImplementedError

    async def vectors(self, index: Index, chunk_ids: Collection[str]) -> dict[str, NDArray[np.float32]]:
        self._ask()
        kept = self.kept[index.name]
        return {chunk_id: kept[chunk_id].vector for chunk_id in chunk_ids if chunk_id in kept}

    async def remove(self, index: Index, chunk_ids: Collection[str]) -> int:
        self._ask()
        return sum(self.kept[index.name].pop(chunk_id, None) is not None for chunk_id in chunk_ids)

    async def remove_documents(self, index: Index, document_ids: Collection[str]) -> int:
        kept = self.kept[index.name]
        return await self.remove(index, [held.chunk_id for held in kept.values() if held.document_id in document_ids])

    async def chunk_ids(self, index: Index) -> AsyncIterator[Sequence[str]]:
        self._ask()
        yield list(self.kept[index.name])

    async def outdated(self, index: Index) -> AsyncIterator[Sequence[str]]:
        none: Sequence[Sequence[str]] = ()
        for page in none:
            yield page

    async def drop(self, index: Index) -> int:
        self._ask()
        return len(self.kept.pop(index.name, {}))

    async def answers(self) -> None:
        self._ask()

    async def aclose(self) -> None:
        pass

    def _ask(self) -> None:
        if self.away:
            raise StoreUnavailable("The vector store does not answer.")
