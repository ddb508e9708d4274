"""Answering, graphs: look at a graph as one caller, until nothing has moved meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from acl.access import Access
from acl.visible import Visible
from app.errors import NotFound
from indexing.stores.graphs import GraphStore, Source
from rag.graphs.facts import EdgeSeen, NodeSeen, is_whole
from rag.graphs.scope import GraphGround, graph_ground, in_scope
from rag.graphs.view import Drawn, View
from rag.retrieval.onlooker import Onlooker

log = structlog.get_logger("graph")
_ATTEMPTS = 4
Fact = TypeVar("Fact", NodeSeen, EdgeSeen)
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class SeenGraph:
    """What was drawn and may be seen."""

    nodes: Sequence[Visible[NodeSeen]]
    edges: Sequence[Visible[EdgeSeen]]


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks with the eyes of one caller; whoever may not read a collection is told it is not there."""

    access: Access
    onlooker: Onlooker
    graphs: GraphStore
    ahead: Mapping[str, int] = field(default_factory=dict)  # generations of collections that are built and held

    async def ground(self, collection_id: str) -> GraphGround:
        """What of a graph the caller may be answered from at this moment."""
        ahead = self.ahead.get(collection_id)
        return await graph_ground(self.onlooker, self.access, collection_id, ahead=ahead)

    def view(self, ground: GraphGround) -> View:
        """The graph that is seen from there."""
        return View(in_scope(self.graphs, ground))

    async def draw(
        self, collection_id: str, draw: Callable[[View], Awaitable[tuple[Drawn, Made]]]
    ) -> tuple[Drawn, Made, SeenGraph]:
        """What may be seen of what is drawn; drawn again where rights or contents moved underneath.

        What a right was lost to while it was drawn, four times over, is left out: its name may have come from there.
        """
        ground = await self.ground(collection_id)
        for left in reversed(range(_ATTEMPTS)):
            try:
                drawn, made = await draw(self.view(ground))
            except NotFound:
                now = await self.ground(collection_id)
                if not (left and ground.is_moved(now, ())):
                    raise
            else:
                seen = await self._seen(drawn)
                now = await self.ground(collection_id)
                if not (left and (_lacks(seen, drawn) or ground.is_moved(now, _sources(drawn)))):
                    break
            log.info("graph_looked_at_again", collection_id=collection_id, left=left)
            ground = now
        return drawn, made, seen

    async def _seen(self, drawn: Drawn) -> SeenGraph:
        """What the caller may see of it, each fact whole, and no relation of a thing that is left out."""
        nodes = _whole(drawn.nodes, await self.onlooker.sees_facts(drawn.nodes))
        edges = _whole(drawn.edges, await self.onlooker.sees_facts(drawn.edges))
        gone = {node.id for node in drawn.nodes} - {one.value.id for one in nodes}
        return SeenGraph(nodes, [one for one in edges if not gone & {one.value.source_id, one.value.target_id}])


def _lacks(seen: SeenGraph, drawn: Drawn) -> bool:
    return len(seen.nodes) < len(drawn.nodes) or len(seen.edges) < len(drawn.edges)


def _sources(drawn: Drawn) -> list[Source]:
    said = [one.source for node in drawn.nodes for one in node.evidence]
    return said + [one.source for edge in drawn.edges for one in edge.evidence]


def _whole(drawn: Sequence[Fact], seen: Sequence[Visible[Fact]]) -> list[Visible[Fact]]:
    """Those of some facts that nothing was taken from, in their order."""
    before = {fact.id: fact for fact in drawn}
    return [one for one in seen if one.value.id in before and is_whole(before[one.value.id], one.value)]
