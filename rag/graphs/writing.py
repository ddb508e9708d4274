"""Answering, graphs: what was planned is written: first the rows, and then the store is told.

Whoever is told that something could not be written finds everything as it was; only a process that dies between the
two leaves something that the store is told of later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.errors import PreconditionFailed
from indexing.collections.errors import GraphNotEnabled, GraphUnavailable
from indexing.collections.tables import Collection
from indexing.errors import StoreUnavailable
from indexing.graphs.edits import Edited, GraphEdits, Known, Most
from indexing.graphs.settling import Settling
from indexing.graphs.tables import GONE
from indexing.stores.graphs import GraphStore, Tie
from indexing.stores.vectors import Index
from rag.graphs.editing import Plan

log = structlog.get_logger("graph")
Before = Sequence[Mapping[str, Any]]
Held = Mapping[str | Tie, Known]


@dataclass(frozen=True, slots=True)
class GraphWriting:
    """Writes in the graph of one collection."""

    transactions: Transactions
    store: GraphStore
    graph: Index
    most: Most
    user_id: str

    @classmethod
    async def of(
        cls, transactions: Transactions, store: GraphStore, collection: Collection, user_id: str
    ) -> GraphWriting:
        """Writing in the graph of a collection that has one, in a store that is there."""
        if not collection.graph_enabled:
            raise GraphNotEnabled
        try:
            await store.answers()
        except StoreUnavailable as error:
            raise GraphUnavailable from error
        graph = Index(collection.tenant_id, collection.id, collection.index_name)
        return cls(transactions, store, graph, Most(collection.graph_max_nodes, collection.graph_max_edges), user_id)

    async def held(self, plan: Plan) -> Held:
        """What is held now of all that a plan is about."""
        async with self.transactions.open(Reach.one(self.graph.tenant_id), writes=False) as transaction:
            return await GraphEdits(transaction, self.graph.collection_id, self.user_id).known(plan.about)

    async def keep(self, transaction: Transaction, plan: Plan, expected: Held | None = None) -> Before:
        """Write it down, in a transaction that holds the collection; gives back what was there before.

        Refused where something else is held by now than was `expected`.
        """
        edits = GraphEdits(transaction, self.graph.collection_id, self.user_id)
        known = await edits.known(plan.about)
        if expected is not None and known != expected:
            raise PreconditionFailed("This has just been changed by somebody else; look at it again.")
        planned = plan.make(known)
        if plan.loses:
            planned += [Edited(tie, GONE) for tie in await edits.joining(plan.loses)]
        return await edits.write(planned, self.most)

    async def tell(self, before: Before) -> None:
        """Have the store know; where it goes away over that, all is again as it was."""
        try:
            await Settling(self.transactions, self.store, self.graph).run()
        except StoreUnavailable as error:
            log.warning("graph_write_undone", collection_id=self.graph.collection_id, error=error.code)
            async with self.transactions.open(Reach.one(self.graph.tenant_id)) as transaction:
                await GraphEdits(transaction, self.graph.collection_id, self.user_id).restore(before)
            raise GraphUnavailable from error
