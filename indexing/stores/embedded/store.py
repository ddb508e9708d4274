"""Knowing, stores: vectors and words in one SQLite file for each index."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from indexing.errors import UnfitVectors
from indexing.stores.embedded import layout, reading, writing
from indexing.stores.embedded.asking import Asking
from indexing.stores.embedded.files import Files
from indexing.stores.embedded.gathering import Gathering
from indexing.stores.embedded.matrices import Matrices
from indexing.stores.embedded.places import Places
from indexing.stores.embedded.threads import Threads
from indexing.stores.vectors import Entry, Hit, Index, Scope
from indexing.wording.analysis import ANALYSIS

_P = ParamSpec("_P")
_T = TypeVar("_T")
_PAGE = 5000
_FRESH = 2.0  # seconds for which something kept is a sign that more can be


class EmbeddedVectors:
    """A VectorStore in a folder. Searches are exact; any number of processes may share the folder."""

    def __init__(self, folder: Path, *, memory: int = 1 << 30, patience: float = 10, open_files: int = 32) -> None:
        places = Places(folder, patience)
        self._files = Files(places, open_files, layout)
        self._matrices = Matrices(memory)
        self._asking = Asking(self._files, self._matrices)
        self._threads = Threads("vector store")
        self._gathering = Gathering(lambda index, entries: self._threads.write(self._put, index, entries))
        self._kept_at = -_FRESH

    async def put(self, index: Index, entries: Sequence[Entry]) -> None:
        """Keep these, all or none, on the disk when this returns."""
        if entries:
            await self._gathering.put(index, list(entries))
            self._kept_at = time.monotonic()

    async def near(self, index: Index, vector: NDArray[np.float32], scope: Scope) -> list[Hit]:
        """The nearest by cosine, among all that is asked about."""
        query = np.asarray(vector, dtype=np.float32)
        if query.ndim != 1 or not np.isfinite(query).all():
            raise UnfitVectors("The vector of the question is no row of finite numbers.")
        if scope.limit < 1:
            return []
        return await self._threads.read(self._asking.near, index, writing.normalised(query), scope)

    async def matching(self, index: Index, text: str, scope: Scope) -> list[Hit]:
        """The best by BM25, among all that is asked about."""
        if scope.limit < 1:
            return []
        return await self._threads.read(self._asking.matching, index, text, scope)

    async def vectors(self, index: Index, chunk_ids: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Vectors, of length one."""
        return await self._threads.read(self._vectors, index, list(chunk_ids))

    async def remove(self, index: Index, chunk_ids: Collection[str]) -> int:
        """Keep these no longer."""
        return await self._threads.write(self._remove, index, list(chunk_ids))

    async def remove_documents(self, index: Index, document_ids: Collection[str]) -> int:
        """Erase these documents: nothing of their vectors and words is left in the file."""
        return await self._threads.write(self._remove_documents, index, list(document_ids))

    async def chunk_ids(self, index: Index) -> AsyncIterator[Sequence[str]]:
        """Every chunk, in the order they came."""
        above = 0
        while True:
            page, above = await self._threads.read(self._page, index, above)
            if not page:
                return
            yield page

    async def outdated(self, index: Index) -> AsyncIterator[Sequence[str]]:
        """Every chunk whose words were kept by another way of reading them."""
        above = 0
        while True:
            page, above = await self._threads.read(self._outdated_page, index, above)
            if not page:
                return
            yield page

    async def drop(self, index: Index) -> int:
        """Remove the file, even if it cannot be read any more."""
        return await self._threads.write(self._drop, index)

    async def answers(self) -> None:
        """Return if the folder takes a file, or has just taken something."""
        if time.monotonic() - self._kept_at >= _FRESH:
            await self._threads.read(self._files.places.try_writing)

    async def aclose(self) -> None:
        """Let what runs come to its end, and close every file."""
        await asyncio.to_thread(self._close)

    def _put(self, index: Index, entries: Sequence[Entry]) -> None:
        writing.check(entries)
        with self._files.changing(index, make=True) as file:
            if file is not None:
                writing.keep(file.connection, entries)

    def _vectors(self, index: Index, chunk_ids: Collection[str]) -> dict[str, NDArray[np.float32]]:
        with self._files.reading(index) as connection:
            return reading.vectors_of(connection, chunk_ids) if connection else {}

    def _remove(self, index: Index, chunk_ids: Collection[str]) -> int:
        with self._files.changing(index) as file:
            return writing.forget(file.connection, writing.chunk_rows(file.connection, chunk_ids)) if file else 0

    def _remove_documents(self, index: Index, document_ids: Collection[str]) -> int:
        with self._files.changing(index) as file:
            rows = writing.document_rows(file.connection, document_ids) if file else []
            gone = writing.forget(file.connection, rows, no_trace=True) if file else 0
        if gone:
            self._files.empty_log(index.name)
        return gone

    def _page(self, index: Index, above: int) -> tuple[list[str], int]:
        with self._files.reading(index) as connection:
            return reading.chunk_page(connection, above, _PAGE) if connection else ([], above)

    def _outdated_page(self, index: Index, above: int) -> tuple[list[str], int]:
        with self._files.reading(index) as connection:
            return reading.outdated_page(connection, ANALYSIS, above, _PAGE) if connection else ([], above)

    def _drop(self, index: Index) -> int:
        kept, place = self._files.drop(index, reading.count)
        if place is not None:
            self._matrices.forget(place)
        return kept

    def _close(self) -> None:
        self._threads.shutdown()
        self._files.close()
