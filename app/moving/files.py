"""Roof, moving: files and vectors of what rows said, read after that; what is gone by then is said to be gone."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.backup.names import Names
from app.backup.writing import ArchiveWriter
from app.blobs.ports import BlobStore
from app.db.bulk import batches
from app.moving.manifest import ABSENT, FILES, VECTORS
from app.moving.shapes import AbsentLine, VectorLine, said
from indexing.stores.vectors import Index, VectorStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ORDER = "<f4"  # of the numbers of a vector


@dataclass(slots=True)
class FileWriting:
    """Copies files into an archive, and counts them."""

    blobs: BlobStore
    archive: ArchiveWriter
    count: int = 0
    size: int = 0

    async def write(self, documents: Names) -> None:
        """Copy the file of each document; one that is erased or replaced by now is left out."""
        absent = b""
        for document_id, key in documents:
            async with self.blobs.as_file(key) as path:
                size = None if path is None else await asyncio.to_thread(self._written, document_id, path)
            if size is None:
                absent += said(AbsentLine(document=document_id))
            else:
                self.count, self.size = self.count + 1, self.size + size
        await asyncio.to_thread(self.archive.add, ABSENT, absent)

    def _written(self, document_id: str, path: Path) -> int | None:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return None
        with file:
            return self.archive.add_file(f"{FILES}/{document_id}", file)


async def write_vectors(store: VectorStore, index: Index, passages: Names, archive: ArchiveWriter) -> int:
    """Write the vectors that a store holds of some passages by now."""
    count = 0
    for number, some in enumerate(batches(passages)):
        found = await store.vectors(index, [chunk_id for chunk_id, _, _ in some])
        raw = await asyncio.to_thread(_lines, some, found)
        await asyncio.to_thread(archive.add, f"{VECTORS}/{number:06}.ndjson", raw)
        count += len(found)
    return count


def _lines(passages: Sequence[list[str]], vectors: Mapping[str, NDArray[np.float32]]) -> bytes:
    return b"".join(
        said(VectorLine(document=document_id, index=int(place), vector=_text(vectors[chunk_id])))
        for chunk_id, document_id, place in passages
        if chunk_id in vectors
    )


def _text(vector: NDArray[np.float32]) -> str:
    return base64.b64encode(vector.astype(ORDER).tobytes()).decode()
