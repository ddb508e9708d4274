"""Roof, backup: vectors, carried so that nobody pays for them twice; what is not carried can always be made anew."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection, Engine, select

from app.backup.errors import ArchiveDamaged
from app.backup.names import Names
from app.backup.snapshot import Tell
from app.backup.writing import ArchiveWriter
from app.db.bulk import batches
from app.db.deadlock import transact
from indexing.collections.tables import Collection
from indexing.editions.chunks import mark_stored
from indexing.editions.tables import ChunkRow, Edition
from indexing.stores.vectors import Entry, Index, VectorStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ORDER = "<f4"
_Vectors = Mapping[str, "NDArray[np.float32]"]


async def write_vectors(store: VectorStore, collections: Names, archive: ArchiveWriter, tell: Tell) -> int:
    """Write what a store holds of each collection by now; chunks that came after the rows are passed over later."""
    count = 0
    for collection_id, tenant_id, name in collections:
        number = 0
        index = Index(tenant_id, collection_id, name)
        async for ids in store.chunk_ids(index):
            for some in batches(ids):
                found = await store.vectors(index, some)
                raw = await asyncio.to_thread(_lines, found)
                place = f"vectors/{collection_id}/{number:06}.ndjson"
                await asyncio.to_thread(archive.add, place, raw)
                number, count = number + 1, count + len(found)
        tell("vectors", collection=collection_id, vectors=count)
    return count


@dataclass(frozen=True, slots=True)
class VectorFilling:
    """Puts vectors into a store, for chunks that rows know."""

    store: VectorStore
    engine: Engine

    async def put(self, collection_id: str, raw: bytes) -> int:
        """Put one part; says how many of it were wanted."""
        vectors = await asyncio.to_thread(_read, raw)
        index, entries = await asyncio.to_thread(self._wanted, collection_id, vectors)
        if index is None or not entries:
            return 0
        await self.store.put(index, entries)
        kept = [entry.chunk_id for entry in entries]
        await asyncio.to_thread(transact, self.engine, lambda connection: mark_stored(connection, kept))
        return len(entries)

    def _wanted(self, collection_id: str, vectors: _Vectors) -> tuple[Index | None, list[Entry]]:
        with self.engine.execution_options(writes=False).connect() as connection:
            index = index_of(connection, collection_id)
            return index, list(_entries(connection, collection_id, vectors))


def index_of(connection: Connection, collection_id: str) -> Index | None:
    """Where the vectors of a collection belong; None if it is not there, or deleted."""
    wanted = select(Collection.tenant_id, Collection.index_name).where(
        Collection.id == collection_id, Collection.deleted_at.is_(None)
    )
    found = connection.execute(wanted).one_or_none()
    return None if found is None else Index(found.tenant_id, collection_id, found.index_name)


def _entries(connection: Connection, collection_id: str, vectors: _Vectors) -> Iterator[Entry]:
    for some in batches(vectors):
        wanted = (
            select(ChunkRow.id, ChunkRow.document_id, Edition.generation, ChunkRow.content)
            .join(Edition, Edition.id == ChunkRow.edition_id)
            .where(ChunkRow.id.in_(some), ChunkRow.collection_id == collection_id)
        )
        for chunk_id, document_id, generation, text in connection.execute(wanted):
            yield Entry(chunk_id, document_id, generation, text, vectors[chunk_id])


def _lines(vectors: _Vectors) -> bytes:
    said = ([id_, base64.b64encode(vector.astype(_ORDER).tobytes()).decode()] for id_, vector in vectors.items())
    return b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in said)


def _read(raw: bytes) -> dict[str, NDArray[np.float32]]:
    try:
        lines = (json.loads(line) for line in raw.splitlines())
        return {
            str(id_): np.frombuffer(base64.b64decode(vector, validate=True), dtype=_ORDER).astype(np.float32)
            for id_, vector in lines
        }
    except (ValueError, TypeError, binascii.Error):
        raise ArchiveDamaged("A part of the backup's vectors cannot be read.") from None
