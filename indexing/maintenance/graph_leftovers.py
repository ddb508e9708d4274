"""Knowing, maintenance: layers of a graph that answer nobody and will not, taken out of the store and forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from app.db.tenancy import Reach, TenantSession
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import Collection
from indexing.graphs.asking import asking_graphs
from indexing.graphs.having import has_graph
from indexing.graphs.layers import layer_of
from indexing.graphs.readings import forget_readings
from indexing.graphs.settling import Settling, unsettle
from indexing.maintenance.rebuilds import RECHUNK, REEXTRACT
from indexing.maintenance.tables import Rechunk, Reextract
from indexing.pipeline.faults import GraphPoint, reached
from indexing.pipeline.workshop import Workshop
from indexing.stores.vectors import Index


@dataclass(frozen=True, slots=True)
class Kept:
    """What is to be kept of a graph: all that answers, is being built, or may be begun while others are taken away."""

    layers: frozenset[str] = frozenset()
    generations: frozenset[int] = frozenset()  # of the graph


async def tidy_graph(workshop: Workshop, reach: Reach, collection_id: str) -> int:
    """Take away what is left over, or everything where a graph is not wanted any more; says how much that was."""
    async with workshop.transactions.open(reach, writes=False) as transaction:
        collection = await get_for_tenant(transaction.session, collection_id)
        if collection is None or not has_graph(collection):
            return 0
        kept = await kept_of(transaction.session, collection)
    index = Index(collection.tenant_id, collection.id, collection.index_name)
    if collection.graph_enabled:
        with asking_graphs():
            removed = await workshop.graphs.remove_layers_but(index, kept.layers)
            await Settling(workshop.transactions, workshop.graphs, index).run()
        reached(GraphPoint.LAYERS_GONE)
    else:
        with asking_graphs():
            removed = await workshop.graphs.drop(index)
        reached(GraphPoint.DROPPED)
        async with workshop.transactions.open(reach) as transaction:
            await unsettle(transaction.session, collection_id)  # what people wrote comes back with the graph
    more = True
    while more:
        async with workshop.transactions.open(reach) as transaction:
            more = await forget_readings(transaction.session, collection_id, but=kept.generations)
    return removed


async def kept_of(session: TenantSession, collection: Collection) -> Kept:
    """What is to be kept of a collection's graph.

    Numbers of generations only grow, so what may be begun in the next moment can be named: it is the next of each.
    """
    if not collection.graph_enabled:
        return Kept()
    cut, read = collection.generation, collection.graph_generation
    cuts = _from(cut, await RECHUNK.asked(session, collection.id))
    readings = _from(read, await REEXTRACT.asked(session, collection.id))
    layers = {layer_of(one, read) for one in cuts} | {layer_of(cut, one) for one in readings}
    return Kept(frozenset(layers), frozenset(readings))


def _from(answering: int, row: Rechunk | Reextract | None) -> set[int]:
    """The generation that answers, the one that is being built, and the one that would come next."""
    last = answering if row is None else max(answering, row.generation)
    built = set() if row is None or row.ended_at is not None else {row.generation}
    return {answering, last + 1} | built
