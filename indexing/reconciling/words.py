"""Knowing, reconciling: chunks whose words were kept as an earlier version did it, kept once more as this one does.

Their vectors are in the store and their texts in the rows, so no model is asked for anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.db.bulk import batches
from app.db.tenancy import Reach
from indexing.editions.tables import ChunkRow, Edition
from indexing.reconciling.findings import VectorFindings
from indexing.reconciling.rows import Rows
from indexing.stores.vectors import Entry, Index, VectorStore


@dataclass(frozen=True, slots=True)
class WordReading:
    """Reads the words of one index anew."""

    vectors: VectorStore
    rows: Rows
    index: Index

    async def look(self, found: VectorFindings, *, healing: bool) -> None:
        """Count what is outdated, and put it right if that is wanted."""
        async for page in self.vectors.outdated(self.index):
            found.outdated += len(page)
            for some in batches(page) if healing else ():
                found.read_anew += await self._read_anew(list(some))

    async def _read_anew(self, chunk_ids: Sequence[str]) -> int:
        """Keep them once more; who has gone meanwhile is not brought back. Says how many are up to date by now."""
        vectors = await self.vectors.vectors(self.index, chunk_ids)
        await self.vectors.put(
            self.index,
            [
                Entry(chunk_id, document_id, generation, text, vectors[chunk_id])
                for chunk_id, document_id, generation, text in await self._texts(chunk_ids)
                if chunk_id in vectors
            ],
        )
        gone = await self.rows.chunks_without_row(self.index.collection_id, chunk_ids)
        await self.vectors.remove(self.index, gone)
        return len(chunk_ids)

    async def _texts(self, chunk_ids: Sequence[str]) -> list[tuple[str, str, int, str]]:
        wanted = (
            select(ChunkRow.id, ChunkRow.document_id, Edition.generation, ChunkRow.content)
            .join(Edition, Edition.id == ChunkRow.edition_id)
            .where(ChunkRow.id.in_(chunk_ids), ChunkRow.collection_id == self.index.collection_id)
        )
        async with self.rows.transactions.open(Reach.one(self.index.tenant_id), writes=False) as transaction:
            return [(row[0], row[1], row[2], row[3]) for row in await transaction.session.execute(wanted)]
