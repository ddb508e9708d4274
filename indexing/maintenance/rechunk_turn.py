"""Knowing, maintenance: the right to build the next generation of a collection's chunks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from app.db.deadlock import tried_again
from app.db.tenancy import Reach, TenantSession
from app.db.transaction import Transactions
from app.jobs.work import Held
from indexing.chunking.strategies import Strategy
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import QUEUED, RUNNING, Collection
from indexing.maintenance.generations import lacking_count, switch_to
from indexing.maintenance.rebuilds import HELD, RECHUNK, UNDER_WAY
from indexing.maintenance.tables import GO, PAUSE, Rechunk
from indexing.maintenance.turn import Turn, TurnLost
from indexing.pipeline.content import Recipe


@dataclass(frozen=True, slots=True)
class RechunkTurn(Turn[Rechunk]):
    """Cuts the documents of a collection anew under one lease."""

    is_held: bool = False

    @classmethod
    async def begin(cls, transactions: Transactions, held: Held) -> Self | None:
        """Take the work over, if there is any."""
        async with transactions.open(Reach.one(held.tenant_id)) as transaction:
            session = transaction.session
            collection = await get_for_tenant(session, held.subject_id, hold=True)
            row = await RECHUNK.asked(session, held.subject_id)
            if collection is None or row is None or row.wish != GO or collection.rechunk_status not in UNDER_WAY:
                return None
            row.run, row.waiting_for = held.lease, None
            recipe = replace(
                Recipe.of(collection),
                generation=row.generation,
                strategy=Strategy(row.chunking_strategy),
                chunk_size=row.chunk_size,
                chunk_overlap=row.chunk_overlap,
            )
            turn = cls(transactions, RECHUNK, collection.id, held.tenant_id, held.lease, recipe, row.is_held)
            await turn.write(session, status=RUNNING)
            return turn

    async def switch(self) -> bool:
        """Let the generation answer; one that is held is left to whoever resumes it, once all of it is there."""
        if self.is_held and await self._paused():
            raise TurnLost
        return await Turn.switch(self)

    @tried_again
    async def _paused(self) -> bool:
        async with self.transactions.open(self.reach) as transaction:
            await self.write(transaction.session, status=RUNNING)  # first: it holds the collection
            row = await self.require(transaction.session)
            if await self.left(transaction.session):
                return False
            row.wish, row.waiting_for, row.run = PAUSE, HELD, None
            await self.write(transaction.session, status=QUEUED)
        return True

    async def left(self, session: TenantSession) -> int:
        """How many documents are still to be cut."""
        return await lacking_count(session, self.collection_id, self.recipe.generation)

    async def switched(self, session: TenantSession, collection: Collection) -> bool:
        """Let the new chunks of all documents answer."""
        return await switch_to(session, collection, self.recipe.generation)
