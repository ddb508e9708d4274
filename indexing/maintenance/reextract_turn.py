"""Knowing, maintenance: the right to extract the next generation of a collection's graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from app.db.tenancy import Reach, TenantSession
from app.db.transaction import Transactions
from app.jobs.work import Held, Later
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import RUNNING, Collection
from indexing.graphs.layers import layer_of
from indexing.maintenance.graph_generations import switch_graph_to, unread_count
from indexing.maintenance.rebuilds import REEXTRACT, UNDER_WAY, is_rechunked
from indexing.maintenance.tables import GO, Reextract
from indexing.maintenance.turn import Turn, TurnLost
from indexing.pipeline.content import Recipe

_LOOKS_AGAIN = 10.0  # seconds
_CUT_FIRST = "the re-chunk of the collection; its new chunks are read then"


@dataclass(frozen=True, slots=True)
class ReextractTurn(Turn[Reextract]):
    """Reads the documents of a collection anew under one lease."""

    generation: int  # of the graph

    @classmethod
    async def begin(cls, transactions: Transactions, held: Held) -> Self | Later | None:
        """Take the work over, if there is any; a collection that is being cut anew is read after that."""
        async with transactions.open(Reach.one(held.tenant_id)) as transaction:
            session = transaction.session
            collection = await get_for_tenant(session, held.subject_id, hold=True)
            row = await REEXTRACT.asked(session, held.subject_id)
            asked = collection is not None and row is not None and row.wish == GO and collection.graph_enabled
            if not asked or collection is None or row is None or collection.graph_reextract_status not in UNDER_WAY:
                return None
            if await is_rechunked(session, collection):
                row.run, row.waiting_for = None, _CUT_FIRST
                return Later(_LOOKS_AGAIN, _CUT_FIRST)
            row.run, row.waiting_for = held.lease, None
            recipe = replace(Recipe.of(collection), graph_model=row.model, read_since=row.since)
            of = (collection.id, held.tenant_id, held.lease, recipe)
            turn = cls(transactions, REEXTRACT, *of, generation=row.generation)
            await turn.write(session, status=RUNNING)
            return turn

    @property
    def layer(self) -> str:
        """Where what it reads is kept."""
        return layer_of(self.recipe.generation, self.generation)

    async def left(self, session: TenantSession) -> int:
        """How many documents are still to be read."""
        return await unread_count(session, self.collection_id, self.generation)

    async def switched(self, session: TenantSession, collection: Collection) -> bool:
        """Let what was read of all documents answer."""
        if collection.generation != self.recipe.generation:
            raise TurnLost
        return await switch_graph_to(session, collection, self.generation)
