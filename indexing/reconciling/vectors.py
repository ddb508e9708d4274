"""Knowing, reconciling: the vectors of a collection compared with its chunks."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

from app.telemetry.metrics import RECONCILED
from indexing.documents.status import RunLost
from indexing.pipeline.healing import heal
from indexing.pipeline.workshop import Workshop
from indexing.reconciling.aside import PutAside
from indexing.reconciling.findings import MOST_NAMED, VectorFindings
from indexing.reconciling.fingerprints import Fingerprints
from indexing.reconciling.rows import Rows
from indexing.reconciling.words import WordReading
from indexing.stores.vectors import Index

_REMOVED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class VectorReconciling:
    """Looks, and puts right what it finds if that is wanted. Ends with what stores and models raise."""

    workshop: Workshop

    async def reconcile(self, tenant_id: str, collection_id: str, *, healing: bool) -> VectorFindings:
        """Compare one collection."""
        found, rows = VectorFindings(collection_id), Rows(self.workshop.transactions, tenant_id)
        index = await rows.index_of(collection_id)
        if index is None:
            return found
        seen = await self._orphans(index, rows, found, healing=healing)
        await self._lost(index, rows, seen, found, healing=healing)
        await WordReading(self.workshop.vectors, rows, index).look(found, healing=healing)
        RECONCILED.labels("vectors", "orphaned").inc(found.orphaned)
        RECONCILED.labels("vectors", "lost").inc(found.lost)
        RECONCILED.labels("vectors", "outdated").inc(found.outdated)
        return found

    async def _orphans(self, index: Index, rows: Rows, found: VectorFindings, *, healing: bool) -> Fingerprints:
        """What the store holds and no row knows; removed once the store has told all, so that it keeps its place."""
        seen = Fingerprints()
        with PutAside() as orphans:
            async for held in self.workshop.vectors.chunk_ids(index):
                await asyncio.to_thread(seen.add, held)
                found.held += len(held)
                await orphans.add(await rows.chunks_without_row(index.collection_id, held))
            found.orphaned = orphans.count
            if healing:
                await self._remove(index, rows, orphans, found)
        return seen

    async def _remove(self, index: Index, rows: Rows, orphans: PutAside, found: VectorFindings) -> None:
        async for some in orphans.batches(_REMOVED_AT_ONCE):
            # A document may have been cut anew meanwhile, into chunks of the same names.
            still = await rows.chunks_without_row(index.collection_id, some)
            found.orphaned -= len(some) - len(still)
            await self.workshop.vectors.remove(index, still)
            found.removed += len(still)
            RECONCILED.labels("vectors", "removed").inc(len(still))

    async def _lost(
        self, index: Index, rows: Rows, seen: Fingerprints, found: VectorFindings, *, healing: bool
    ) -> None:
        async for chunks in rows.answering_chunks(index.collection_id):
            suspects = await asyncio.to_thread(seen.missing, list(chunks))
            if not suspects:
                continue
            held = await self.workshop.vectors.vectors(index, suspects)  # what came in since it was asked for all
            lost = Counter(chunks[chunk_id] for chunk_id in suspects if chunk_id not in held)
            found.lost += lost.total()
            found.lost_of += list(lost)[: MOST_NAMED - len(found.lost_of)]
            for document_id in lost if healing else ():
                found.healed += await self._healed(index.tenant_id, document_id)

    async def _healed(self, tenant_id: str, document_id: str) -> int:
        try:
            healed = await heal(self.workshop, tenant_id, document_id)
        except RunLost:
            return 0  # it is deleted or replaced by now
        RECONCILED.labels("vectors", "healed").inc(healed)
        return healed
