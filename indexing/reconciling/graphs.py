"""Knowing, reconciling: the graph of a collection compared with the editions it is read out of.

All that a graph store holds can be put back without asking a model: what models said stands in the rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select

from app.db.tenancy import Reach
from app.db.writer import Writing
from app.telemetry.metrics import RECONCILED
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import Collection
from indexing.documents.status import RunLost
from indexing.documents.tables import Document
from indexing.editions.tables import Edition
from indexing.graphs.having import has_graph
from indexing.graphs.layers import layer_of
from indexing.graphs.readings import GraphReading
from indexing.maintenance.graph_leftovers import Kept, kept_of, tidy_graph
from indexing.maintenance.rebuilds import is_building, is_given_up
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.graphing import Graphed, build_statements
from indexing.pipeline.healing import StillAnswering
from indexing.pipeline.workshop import Workshop
from indexing.reconciling.aside import PutAside
from indexing.reconciling.findings import MOST_NAMED, GraphFindings
from indexing.reconciling.fingerprints import Fingerprints
from indexing.reconciling.rows import Rows
from indexing.reconciling.written import WrittenReconciling
from indexing.stores.graphs import BY_HAND
from indexing.stores.vectors import Index

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class GraphReconciling:
    """Looks, and puts right what it finds if that is wanted. Ends with what stores and models raise."""

    workshop: Workshop

    async def reconcile(self, tenant_id: str, collection_id: str, *, healing: bool) -> GraphFindings | None:
        """Compare the graph of one collection; None if it never had one."""
        reach, began = Reach.one(tenant_id), self.workshop.transactions.clock.now()
        async with self.workshop.transactions.open(reach, writes=False) as transaction:
            collection = await get_for_tenant(transaction.session, collection_id)
            if collection is None or not has_graph(collection):
                return None
            kept = await kept_of(transaction.session, collection)
            busy = await is_building(transaction.session, collection) or await is_given_up(
                transaction.session, collection
            )
        found, rows = GraphFindings(collection_id), Rows(self.workshop.transactions, tenant_id)
        looking = _Looking(self.workshop, rows, collection, found, began, is_read_anew=busy)
        with PutAside() as orphans:
            seen = await looking.listed(kept, orphans)
            if healing:
                await looking.tidy(orphans)
        if collection.graph_enabled:
            await looking.put_back(seen, healing=healing)
        RECONCILED.labels("graph", "orphaned").inc(found.orphaned)
        RECONCILED.labels("graph", "lost").inc(found.lost)
        return found


@dataclass(frozen=True, slots=True)
class _Looking:
    """One look at the graph of one collection."""

    workshop: Workshop
    rows: Rows
    collection: Collection
    found: GraphFindings
    began: datetime
    is_read_anew: bool

    @property
    def index(self) -> Index:
        """Where the graph is."""
        return Index(self.collection.tenant_id, self.collection.id, self.collection.index_name)

    async def listed(self, kept: Kept, orphans: PutAside) -> Fingerprints:
        """Go through all editions that the store holds something of; those no row knows are put aside."""
        seen = Fingerprints()
        async for page in self.workshop.graphs.edition_ids(self.index):
            read = [(edition_id, layer) for edition_id, layer in page if layer != BY_HAND]
            await asyncio.to_thread(seen.add, [_name(edition_id, layer) for edition_id, layer in read])
            self.found.held += len(read)
            self.found.outdated += sum(layer not in kept.layers for _, layer in read)
            there = {edition_id for edition_id, layer in read if layer in kept.layers}
            await orphans.add(await self.rows.editions_without_row(self.collection.id, sorted(there)))
        self.found.orphaned = orphans.count
        return seen

    async def tidy(self, orphans: PutAside) -> None:
        """Remove what no row knows, and layers that answer nobody."""
        async for some in orphans.batches(_AT_ONCE):
            await self.workshop.graphs.remove_editions(self.index, some)
            self.found.removed += len(some)
        RECONCILED.labels("graph", "removed").inc(self.found.removed)
        if self.found.outdated:
            await tidy_graph(self.workshop, Reach.one(self.rows.tenant_id), self.collection.id)
            self.found.forgotten = self.found.outdated

    async def put_back(self, seen: Fingerprints, *, healing: bool) -> None:
        """Find what answers and is not in the store; what has come since it was asked for all is left for next time."""
        layer = layer_of(self.collection.generation, self.collection.graph_generation)
        async for readings in self._answering():
            names = {_name(edition_id, layer): (edition_id, document_id) for edition_id, document_id in readings}
            for name in await asyncio.to_thread(seen.missing, list(names)):
                edition_id, document_id = names[name]
                self.found.lost += 1
                self.found.lost_of += [document_id][: MOST_NAMED - len(self.found.lost_of)]
                if healing:
                    self.found.healed += await self._read_again(document_id, edition_id)
        await WrittenReconciling(self.workshop, self.rows, self.index).look(self.found, healing=healing)

    async def _answering(self) -> AsyncIterator[Sequence[tuple[str, str]]]:
        """The editions that answer and of which the store must hold something, with their documents.

        What no extraction has read counts among them, unless one is under way that will, or was cancelled: nobody is to
        pay for that behind its back.
        """
        last, number = "", self.collection.graph_generation
        read = (GraphReading.said > 0) & (GraphReading.read_at < self.began)
        which = read if self.is_read_anew else read | GraphReading.edition_id.is_(None)
        wanted = (
            select(Edition.id, Edition.document_id)
            .join(Document, Document.edition_id == Edition.id)
            .outerjoin(
                GraphReading, (GraphReading.edition_id == Edition.id) & (GraphReading.graph_generation == number)
            )
            .where(Edition.collection_id == self.collection.id, Document.deleted_at.is_(None), which)
        )
        while True:
            page = wanted.where(Edition.id > last).order_by(Edition.id).limit(_AT_ONCE)
            async with self.rows.reading() as transaction:
                found = [(row[0], row[1]) for row in await transaction.session.execute(page)]
            if not found:
                return
            last = found[-1][0]
            yield found

    async def _read_again(self, document_id: str, edition_id: str) -> int:
        """Put back what an edition says; says whether that was done."""
        async with self.rows.reading() as transaction:
            wanted = select(Document, Edition).join(Edition, Edition.id == Document.edition_id)
            asked = wanted.where(Edition.id == edition_id, Document.deleted_at.is_(None))
            found = (await transaction.session.execute(asked)).one_or_none()
        if found is None:
            return 0
        document, edition = found
        steps, recipe = StillAnswering(document_id, edition_id), Recipe.of(self.collection)
        generation = self.collection.graph_generation
        try:
            graphed = await build_statements(self.workshop, Content.of(document), recipe, steps, edition, generation)
            if graphed is None:
                return 0
            await self.workshop.writer.write(partial(_seal, steps, graphed))
        except RunLost:
            return 0  # it is deleted or replaced by now
        RECONCILED.labels("graph", "healed").inc()
        return 1


def _seal(steps: StillAnswering, graphed: Graphed, writing: Writing) -> None:
    steps.progress(writing, 0, 0)
    graphed.seal(writing)


def _name(edition_id: str, layer: str) -> str:
    return f"{layer}/{edition_id}"
