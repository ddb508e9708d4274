"""Knowing, reconciling: what people wrote in a graph compared with what its store holds by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.db.bulk import batches
from app.db.tenancy import Reach
from app.telemetry.metrics import RECONCILED
from indexing.graphs.settling import Settling, unsettle
from indexing.graphs.tables import AMENDS, NODE, WRITTEN, GraphEdit
from indexing.pipeline.workshop import Workshop
from indexing.reconciling.findings import GraphFindings
from indexing.reconciling.rows import Rows
from indexing.stores.graphs import BY_HAND, GraphScope, Tie, Wanted
from indexing.stores.vectors import DocumentFilter, Index
from indexing.wording.names import edge_id, node_id

_AT_ONCE = 500
_BY_HAND = GraphScope(BY_HAND, DocumentFilter(all_except=False, ids=frozenset()))
_SPEAKING = GraphEdit.state.in_((WRITTEN, AMENDS))


@dataclass(frozen=True, slots=True)
class WrittenReconciling:
    """Looks at one graph; healed, its store is told again of all that it had lost any of."""

    workshop: Workshop
    rows: Rows
    index: Index

    async def look(self, found: GraphFindings, *, healing: bool) -> None:
        """Find what rows say and the store does not hold, and what it holds and no row says."""
        found.orphaned += (strange := await self._strange(healing=healing))
        found.lost += (lost := await self._lost())
        if not healing:
            return
        found.removed += strange
        RECONCILED.labels("graph", "removed").inc(strange)
        if lost:
            async with self.workshop.transactions.open(Reach.one(self.rows.tenant_id)) as transaction:
                await unsettle(transaction.session, self.index.collection_id)
        await Settling(self.workshop.transactions, self.workshop.graphs, self.index).run()
        found.healed += lost
        RECONCILED.labels("graph", "healed").inc(lost)

    async def _lost(self) -> int:
        graphs, lost, last = self.workshop.graphs, 0, ""
        while rows := await self._told_after(last):
            last = rows[-1].id
            keys = {row.source for row in rows if row.kind == NODE}
            ties = {Tie(row.source, row.type, row.target) for row in rows if row.kind != NODE}
            lost += len(keys) - len(await graphs.present(self.index, keys, _BY_HAND))
            lost += len(ties) - len(await graphs.held(self.index, ties, _BY_HAND))
        return lost

    async def _strange(self, *, healing: bool) -> int:
        """What somebody told the store of who was overtaken by who took it back."""
        graphs, here, count, last = self.workshop.graphs, self.index.collection_id, 0, ""
        while keys := await graphs.find(self.index, Wanted(), _BY_HAND, after=last, limit=_AT_ONCE):
            last = keys[-1]
            ids = {node_id(here, key): key for key in keys}
            strange = [ids[id_] for id_ in await self._unsaid(ids)]
            count += len(strange)
            if healing and strange:
                await graphs.remove_by_hand(self.index, keys=strange, ties=[])
        async for some in graphs.every_tie(self.index, _BY_HAND):
            told = {edge_id(here, tie.source, tie.type, tie.target): tie for tie in some}
            untrue = [told[id_] for id_ in await self._unsaid(told)]
            count += len(untrue)
            if healing and untrue:
                await graphs.remove_by_hand(self.index, keys=[], ties=untrue)
        return count

    async def _told_after(self, last: str) -> Sequence[GraphEdit]:
        """The next things and relations that somebody wrote and that the store has been told of."""
        told = (GraphEdit.collection_id == self.index.collection_id, _SPEAKING, GraphEdit.settled.is_(True))
        page = select(GraphEdit).where(*told, GraphEdit.id > last).order_by(GraphEdit.id).limit(_AT_ONCE)
        async with self.rows.reading() as transaction:
            return (await transaction.session.scalars(page)).all()

    async def _unsaid(self, ids: Collection[str]) -> list[str]:
        """Those among some that no row says."""
        said: set[str] = set()
        async with self.rows.reading() as transaction:
            for some in batches(ids):
                said.update(
                    await transaction.session.scalars(select(GraphEdit.id).where(GraphEdit.id.in_(some), _SPEAKING))
                )
        return [id_ for id_ in ids if id_ not in said]
