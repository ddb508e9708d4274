"""Answering, graphs: how large the graphs of collections are to those who look at them, remembered for a while.

To count a graph is to read all of it. So a count is kept by all that it depends on: what of the graph its asker may be
answered from, how much there is, and when a document of the collection, or what people wrote, last changed.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select

from app.clock import Clock
from app.db.tenancy import Reach
from app.errors import NotFound
from indexing.documents.tables import Document
from indexing.errors import StoreUnavailable
from indexing.graphs.tables import GraphEdit
from indexing.overview.collections import SeenCollection
from indexing.stores.graphs import BY_HAND
from rag.graphs.counting import Counting
from rag.graphs.looking import Looking
from rag.graphs.scope import GraphGround, in_scope, mark_of

log = structlog.get_logger("graph")
_MOST, _AT_ONCE, _ATTEMPTS = 1_000, 4, 4
_KEPT_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class GraphCount:
    """Things and relations."""

    nodes: int = 0
    edges: int = 0


class GraphCounts:
    """Counts graphs for whoever asks; what takes longer than somebody waits is counted to its end for the next one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[datetime, GraphCount]] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[GraphCount]] = {}

    async def shown(self, looking: Looking, seen: Sequence[SeenCollection], patience: float) -> list[SeenCollection]:
        """The same collections with the size of their graphs; without it where that takes longer than some seconds."""
        turns, until = asyncio.Semaphore(_AT_ONCE), asyncio.get_running_loop().time() + patience

        async def one(collection: SeenCollection) -> SeenCollection:
            if not collection.row.graph_enabled:
                return collection
            async with turns:
                count = await self._within(until, looking, collection.row.id)
            return replace(collection, counts=replace(collection.counts, nodes=count.nodes, edges=count.edges))

        return list(await asyncio.gather(*(one(collection) for collection in seen)))

    async def aclose(self) -> None:
        """Count no further."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _within(self, until: float, looking: Looking, collection_id: str) -> GraphCount:
        try:
            async with asyncio.timeout_at(until) as bound:
                return await self._of(looking, collection_id)
        except TimeoutError:
            if not bound.expired():
                raise
            return GraphCount()
        except NotFound:
            return GraphCount()  # what the caller was shown is theirs no more
        except StoreUnavailable as error:
            log.warning("graph_away", collection_id=collection_id, error=error.code, reason=str(error))
            return GraphCount()

    async def _of(self, looking: Looking, collection_id: str) -> GraphCount:
        """What is true for what the caller may read when it is told."""
        ground = await looking.ground(collection_id)
        for _ in range(_ATTEMPTS):
            count = await self._count(looking, ground)
            now = await looking.ground(collection_id)
            if mark_of(now) == mark_of(ground):
                return count
            ground = now
        return GraphCount()

    async def _count(self, looking: Looking, ground: GraphGround) -> GraphCount:
        mark = await self._mark(looking, ground)
        kept = self._kept.get(mark)
        if kept is not None and self._clock.now() - kept[0] < _KEPT_FOR:
            return kept[1]
        if mark not in self._under_way:
            task = asyncio.create_task(self._begin(looking, ground, mark))
            self._under_way[mark] = task
            task.add_done_callback(lambda done: self._ended(mark, done))
        return await asyncio.shield(self._under_way[mark])

    async def _mark(self, looking: Looking, ground: GraphGround) -> str:
        """Another one whenever the count may be another."""
        layers = (ground.scope.layer, BY_HAND)
        sizes = [await looking.graphs.size(ground.index, layer) for layer in layers]
        inside = ground.index.collection_id
        async with looking.onlooker.transactions.open(Reach.one(ground.index.tenant_id), writes=False) as transaction:
            changed = [
                await transaction.session.scalar(select(func.max(kind.updated_at)).where(kind.collection_id == inside))
                for kind in (Document, GraphEdit)
            ]
        return hashlib.sha256(f"{mark_of(ground)} {sizes} {changed}".encode()).hexdigest()

    async def _begin(self, looking: Looking, ground: GraphGround, mark: str) -> GraphCount:
        count = await Counting(in_scope(looking.graphs, ground)).run(labels=False)
        made = GraphCount(count.nodes, count.edges)
        self._kept[mark] = (self._clock.now(), made)
        self._kept.move_to_end(mark)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return made

    def _ended(self, mark: str, task: asyncio.Task[GraphCount]) -> None:
        if self._under_way.get(mark) is task:
            del self._under_way[mark]
        if not task.cancelled():
            task.exception()  # perhaps nobody waits for it any more
