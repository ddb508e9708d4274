"""A process that writes to an index of its parent: by chance beside a dictionary of its own, or until it is killed."""

from __future__ import annotations

import asyncio
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexing.stores.embedded.store import EmbeddedVectors
from indexing.stores.vectors import DocumentFilter, Entry, Index, Scope

INDEX = Index("tnt_1", "col_1", "Shared")
BATCH = 150
_DIMENSIONS, _DOCUMENTS, _ALL = 6, 12, 100_000


@dataclass(slots=True)
class Oracle:
    """Does the same to a store and to a dictionary, and compares; its chunks and documents are nobody else's."""

    seed: int
    kept: dict[str, Entry] = field(default_factory=dict)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    async def step(self, store: EmbeddedVectors) -> None:
        """One change, on both sides."""
        deed = self.chance.random()
        if deed < 0.6 or not self.kept:
            entries = [self._entry() for _ in range(self.chance.randint(1, 8))]
            await store.put(INDEX, entries)
            self.kept.update({entry.chunk_id: entry for entry in entries})
        elif deed < 0.8:
            gone = self.chance.sample(sorted(self.kept), min(len(self.kept), 4))
            assert await store.remove(INDEX, [*gone, "chk_never"]) == len(gone)
            self.kept = {name: entry for name, entry in self.kept.items() if name not in gone}
        else:
            name = self._document()
            left = {key: entry for key, entry in self.kept.items() if entry.document_id != name}
            assert await store.remove_documents(INDEX, [name]) == len(self.kept) - len(left)
            self.kept = left

    async def compare(self, store: EmbeddedVectors) -> None:
        """Every question has the answer that the dictionary gives."""
        query, generation = self._vector(), self.chance.randint(1, 2)
        named = frozenset(self._document() for _ in range(self.chance.randint(1, _DOCUMENTS)))
        scope = Scope(generation, DocumentFilter(all_except=False, ids=named), self.chance.choice([1, 5, 1000]))
        mine = [entry for entry in self.kept.values() if entry.generation == generation and entry.document_id in named]
        cosines = sorted((_cosine(entry.vector, query) for entry in mine), reverse=True)[: scope.limit]
        await store.near(INDEX, query, Scope(generation))  # so that all of it is remembered
        near = await store.near(INDEX, query, scope)
        assert np.allclose([hit.score for hit in near], cosines, atol=1e-5)
        assert all(abs(hit.score - _cosine(self.kept[hit.chunk_id].vector, query)) < 1e-5 for hit in near)
        matching = await store.matching(INDEX, "even", scope)
        even = {entry.chunk_id for entry in mine if entry.text == "even"}
        assert {hit.chunk_id for hit in matching} <= even
        assert len(matching) == min(len(even), scope.limit)

    def _entry(self) -> Entry:
        number = self.chance.randint(0, 80)
        text = self.chance.choice(["even", "odd"])
        generation = self.chance.randint(1, 2)
        return Entry(f"chk_{self.seed}_{number}", self._document(), generation, text, self._vector())

    def _document(self) -> str:
        return f"doc_{self.seed}_{self.chance.randrange(_DOCUMENTS)}"

    def _vector(self) -> NDArray[np.float32]:
        return np.array([self.chance.gauss(0, 1) for _ in range(_DIMENSIONS)], dtype=np.float32)


def _cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(one @ other) / float(np.linalg.norm(one) * np.linalg.norm(other))


def batch(number: int) -> list[Entry]:
    """All passages of one document."""
    vector = np.ones(_DIMENSIONS, dtype=np.float32)
    name = f"doc_{number}"
    return [Entry(f"chk_{number}_{place}", name, 1, f"passage of {name}", vector) for place in range(BATCH)]


async def wander(folder: Path, seed: int, steps: int) -> None:
    """Change and compare by chance."""
    store, oracle = EmbeddedVectors(folder), Oracle(seed)
    for _ in range(steps):
        await oracle.step(store)
        await oracle.compare(store)
    print(*sorted(oracle.kept), flush=True)  # noqa: T201 - what the parent reads
    await store.aclose()


async def fill(folder: Path, first: int) -> None:
    """Put one document after another, and say which are kept, until killed."""
    store = EmbeddedVectors(folder)
    for number in range(first, _ALL):
        await store.put(INDEX, batch(number))
        print(number, flush=True)  # noqa: T201 - what the parent reads


if __name__ == "__main__":
    deed, place, *numbers = sys.argv[1:]
    given = [int(number) for number in numbers]
    asyncio.run(wander(Path(place), *given) if deed == "wander" else fill(Path(place), *given))
