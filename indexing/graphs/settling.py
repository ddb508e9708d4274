"""Knowing, graphs: tell the graph store what people wrote, until it knows it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from app.db.bulk import batches
from app.db.deadlock import tried_again
from app.db.tenancy import Reach, TenantSession
from app.db.transaction import Transactions
from indexing.collections.tables import Collection
from indexing.graphs.tables import AMENDS, GONE, NODE, REMOVED, WRITTEN, GraphEdit
from indexing.stores.graphs import BY_HAND, HAND, Assertion, GraphStore, Mention, Statement, Tie
from indexing.stores.vectors import Index
from indexing.wording.names import key_of

_AT_ONCE = 500
_UNCHECKED = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Settling:
    """Tells the store of one graph what rows say that it does not know yet.

    Two may do so at once: whoever finds that a row was changed while they told of it has it told again.
    """

    transactions: Transactions
    store: GraphStore
    graph: Index

    async def run(self) -> int:
        """Tell of everything that is not settled; says of how many rows that was."""
        told = 0
        while rows := await self._unsettled():
            await self._tell(rows)
            if not await self._note(rows):
                await self.store.drop(self.graph)  # it was erased while it was told
            told += len(rows)
        return told

    async def _unsettled(self) -> Sequence[GraphEdit]:
        wanted = select(GraphEdit).where(
            GraphEdit.collection_id == self.graph.collection_id, GraphEdit.settled.is_(False)
        )
        async with self.transactions.open(self._reach, writes=False) as transaction:
            return list(await transaction.session.scalars(wanted.order_by(GraphEdit.id).limit(_AT_ONCE)))

    async def _tell(self, rows: Sequence[GraphEdit]) -> None:
        statement = statement_of(rows)
        if statement.mentions or statement.assertions:
            await self.store.put(self.graph, BY_HAND, [statement])
        lost = [row for row in rows if row.state in {REMOVED, GONE}]
        if lost:
            keys = [row.source for row in lost if row.kind == NODE]
            ties = [_tie(row) for row in lost if row.kind != NODE]
            await self.store.remove_by_hand(self.graph, keys=keys, ties=ties)

    @tried_again  # who erases the collection meanwhile may stand in its way
    async def _note(self, rows: Sequence[GraphEdit]) -> bool:
        """Note what the store knows now, in turn with those who write; says whether the collection is there still."""
        ids, revisions = [row.id for row in rows], {row.revision for row in rows}
        mine = GraphEdit.collection_id == self.graph.collection_id, GraphEdit.id.in_(ids)
        same = GraphEdit.revision.in_(revisions)
        async with self.transactions.open(self._reach) as transaction:
            session = transaction.session
            there = select(Collection.id).where(Collection.id == self.graph.collection_id)
            if await session.scalar(there.with_for_update()) is None:
                return False
            known = update(GraphEdit).where(*mine, same).values(settled=True)
            again = update(GraphEdit).where(*mine, GraphEdit.revision.not_in(revisions)).values(settled=False)
            for change in (known, again):
                await session.execute(change, execution_options=_UNCHECKED)
            await self._remove_gone(session)
            return True

    async def _remove_gone(self, session: TenantSession) -> None:
        """Remove rows of what is gone and told, once all is told that was written together with it.

        Until then whoever wrote it may take it back, and nobody is to write over it as if it had never been there.
        """
        here = GraphEdit.collection_id == self.graph.collection_id
        gone = here, GraphEdit.state == GONE, GraphEdit.settled.is_(True)
        revisions = set(await session.scalars(select(GraphEdit.revision).where(*gone).distinct()))
        for some in batches(revisions):
            untold = select(GraphEdit.revision).where(here, GraphEdit.settled.is_(False), GraphEdit.revision.in_(some))
            told = set(some).difference(await session.scalars(untold.distinct()))
            removing = delete(GraphEdit).where(*gone, GraphEdit.revision.in_(told))
            await session.execute(removing, execution_options=_UNCHECKED)

    @property
    def _reach(self) -> Reach:
        return Reach.one(self.graph.tenant_id)


async def unsettle(session: TenantSession, collection_id: str) -> None:
    """Say that the store knows nothing of what people wrote: it has lost it, or was made to."""
    forgotten = update(GraphEdit).where(GraphEdit.collection_id == collection_id).values(settled=False)
    await session.execute(forgotten, execution_options=_UNCHECKED)


def statement_of(rows: Sequence[GraphEdit]) -> Statement:
    """What rows say, as a store takes it."""
    speaking = [row for row in rows if row.state in {WRITTEN, AMENDS}]
    mentions = [_mention(row) for row in speaking if row.kind == NODE]
    assertions = [Assertion(_tie(row), row.said.get("properties", {})) for row in speaking if row.kind != NODE]
    return Statement(HAND, mentions, assertions)


def _mention(row: GraphEdit) -> Mention:
    said, name = row.said, row.said["name"]
    also = key_of(name)
    aliases = () if also == row.source else (also,)
    return Mention(row.source, name, tuple(said.get("labels", ())), said.get("properties", {}), aliases)


def _tie(row: GraphEdit) -> Tie:
    return Tie(row.source, row.type, row.target)
