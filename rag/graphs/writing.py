"""Answering, graphs: what was planned is written: first the rows, and then the store is told.

Whoever is told that something could not be written finds everything as it was; only a process that dies between the
two leaves something that the store is told of later. Two who write the same take turns: what one of them wrote is told
before the other writes over it, so whichever of them it is not told for takes back what they wrote and nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import structlog

from app.db.deadlock import tried_again
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.errors import PreconditionFailed
from indexing.collections.errors import GraphNotEnabled, GraphUnavailable
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import Collection
from indexing.errors import StoreUnavailable
from indexing.graphs.edits import Edited, GraphEdits, Known, Most, Overwritten
from indexing.graphs.errors import NotToldYet
from indexing.graphs.settling import Settling
from indexing.graphs.tables import GONE
from indexing.stores.graphs import GraphStore, Tie
from indexing.stores.vectors import Index
from rag.graphs.editing import Plan

log = structlog.get_logger("graph")
_TURNS = 50  # of others that one who writes the same waits for
_T = TypeVar("_T")
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

    async def keep(self, transaction: Transaction, plan: Plan, expected: Held | None = None) -> Overwritten:
        """Write it down, in a transaction that holds the collection; gives back what was there before.

        Refused where something else is held by now than was `expected`; NotToldYet where others have to be first.
        """
        edits = GraphEdits(transaction, self.graph.collection_id, self.user_id)
        known = await edits.known(plan.about)
        if expected is not None and known != expected:
            raise PreconditionFailed("This has just been changed by somebody else; look at it again.")
        planned = plan.make(known)
        if plan.loses:
            planned += [Edited(tie, GONE) for tie in await edits.joining(plan.loses)]
        return await edits.write(planned, self.most)

    async def after_others(self, keep: Callable[[], Awaitable[_T]]) -> _T:
        """Have something kept, once the store was told of what others have written of the same."""
        for _ in range(_TURNS):
            try:
                return await keep()
            except NotToldYet:
                try:
                    await self._settling.run()
                except StoreUnavailable as error:
                    raise GraphUnavailable from error
        raise GraphUnavailable

    async def tell(self, before: Overwritten) -> None:
        """Have the store know; where it goes away over that, all is again as it was."""
        try:
            await self._settling.run()
        except StoreUnavailable as error:
            if await self._taken_back(before):
                log.warning("graph_write_undone", collection_id=self.graph.collection_id, error=error.code)
                raise GraphUnavailable from error

    @tried_again
    async def _taken_back(self, before: Overwritten) -> bool:
        """Take back what was written; what somebody else has told the store of meanwhile holds."""
        async with self.transactions.open(Reach.one(self.graph.tenant_id)) as transaction:
            if await get_for_tenant(transaction.session, self.graph.collection_id, hold=True) is None:
                return True
            return await GraphEdits(transaction, self.graph.collection_id, self.user_id).restore(before)

    @property
    def _settling(self) -> Settling:
        return Settling(self.transactions, self.store, self.graph)
