"""The embedded vector store in a folder of one test, for who looks into it, takes something out, or takes it away."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexing.stores.embedded.store import EmbeddedVectors
from indexing.stores.vectors import Entry, Index

_KEPT = """
SELECT c.chunk_id, d.document_id, c.generation, v.vector
FROM chunks c JOIN documents d ON d.ordinal = c.document JOIN vectors v ON v.id = c.id
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """One chunk, as it lies in the file."""

    chunk_id: str
    document_id: str
    generation: int
    vector: tuple[float, ...]


class OwnVectors(EmbeddedVectors):
    """The store as it ships; only its folder is known here."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.puts = 0
        self._folder, self._gone = folder, folder.with_suffix(".gone")

    async def put(self, index: Index, entries: Sequence[Entry]) -> None:
        """Keep these, and count the times."""
        self.puts += 1
        await super().put(index, entries)

    def kept(self) -> dict[str, Kept]:
        """All that lies in any of its files."""
        return {kept.chunk_id: kept for place in self._folder.glob("*/*.db") for kept in _kept_in(place)}

    def go_away(self) -> None:
        """Let nothing be where its folder was, as when a disk is gone."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.rename(self._gone)
        self._folder.touch()

    def come_back(self) -> None:
        """Let the folder be there again, as it was."""
        self._folder.unlink()
        self._gone.rename(self._folder)


def _kept_in(place: Path) -> list[Kept]:
    with closing(sqlite3.connect(place)) as connection:
        rows = connection.execute(_KEPT).fetchall()
    return [
        Kept(chunk_id, document_id, generation, tuple(np.frombuffer(vector, dtype=np.float32).tolist()))
        for chunk_id, document_id, generation, vector in rows
    ]


@asynccontextmanager
async def own_vectors(folder: Path) -> AsyncIterator[OwnVectors]:
    """A store that is closed at the end of the block."""
    store = OwnVectors(folder / "vectors")
    yield store
    await store.aclose()
