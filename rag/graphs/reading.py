"""Answering, graphs: everything that can be asked of a graph, as one caller."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from acl.access import Access
from acl.visible import Visible
from indexing.errors import StoreUnavailable
from indexing.stores.graphs import GraphStore
from rag.graphs.answers import ContextAnswer, GraphAnswer, GraphStats, PathsAnswer, PathSeen
from rag.graphs.asked import EdgesAsked, NodesAsked, Walk
from rag.graphs.context import around
from rag.graphs.errors import EdgeNotFound, NodeNotFound
from rag.graphs.facts import NodeSeen
from rag.graphs.listing import ThingPages, relation_pages, wanted_of
from rag.graphs.looking import Looking, SeenGraph
from rag.graphs.naming import matching
from rag.graphs.paths import PathSearch
from rag.graphs.stats import seen_stats
from rag.graphs.view import Drawn, Relation, View
from rag.graphs.walking import walked
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.passages import Passage
from rag.retrieval.question import Question, Way

log = structlog.get_logger("graph")
FindPassages = Callable[[str, Question], Awaitable[Sequence[Visible[Passage]]]]
Draw = Callable[[View], Awaitable[Drawn]]
Answer = TypeVar("Answer", GraphAnswer, PathsAnswer, None)


@dataclass(frozen=True, slots=True)
class GraphReading:
    """Looks at graphs with the eyes of one caller; whoever may not read a collection is told it is not there.

    With the store away every answer is empty and says so.
    """

    access: Access
    onlooker: Onlooker
    graphs: GraphStore
    find_passages: FindPassages  # the passages of a collection that answer a question, best first
    ahead: Mapping[str, int] = field(default_factory=dict)  # generations of collections that are built and held

    async def search(self, collection_id: str, query: str, *, limit: int = 20) -> GraphAnswer:
        """The things that a text names, best first, with the relations between them."""

        async def draw(view: View) -> Drawn:
            things, more = await matching(view, query, limit)
            return await view.drawn(things, truncated=more)

        return await self._answer(collection_id, draw)

    async def query(self, collection_id: str, asked: NodesAsked, *, limit: int = 100) -> GraphAnswer:
        """The things that are meant, in the order of their keys, with the relations between them."""

        async def draw(view: View) -> Drawn:
            things, goes_on = await ThingPages(view, wanted_of(asked)).page("", limit)
            return await view.drawn(things, truncated=goes_on is not None)

        return await self._answer(collection_id, draw)

    async def traverse(self, collection_id: str, start_node_id: str, walk: Walk) -> GraphAnswer:
        """What is reached from something, nearest first, with the relations that lead there; or NodeNotFound."""

        async def draw(view: View) -> Drawn:
            return await walked(view, await _thing(view, start_node_id), walk)

        return await self._answer(collection_id, draw)

    async def paths(
        self, collection_id: str, source_id: str, target_id: str, *, max_depth: int = 4, limit: int = 10
    ) -> PathsAnswer:
        """The ways between two things over relations in either direction, shortest first; or NodeNotFound."""

        async def draw(view: View) -> tuple[Drawn, list[_Way]]:
            source, target = await _thing(view, source_id), await _thing(view, target_id)
            search = PathSearch(view, source, target)
            return await _drawn_ways(view, search, await search.run(max_depth, limit))

        try:
            drawn, ways, seen = await self._looking.draw(collection_id, draw)
        except StoreUnavailable as error:
            return _away(collection_id, error, PathsAnswer(available=False))
        return PathsAnswer(_shown(ways, seen), truncated=drawn.truncated)

    async def context(self, collection_id: str, query: str, *, top_k: int = 10, depth: int = 1) -> ContextAnswer:
        """What the graph knows around a question, and the passages that answer it."""
        passages = await self.find_passages(collection_id, Question(query, Way.HYBRID, top_k, graph=True))
        weights = {seen.value.chunk_id: seen.value.score for seen in passages}

        async def draw(view: View) -> Drawn:
            return await around(view, query, weights, Walk(depth, limit=top_k))

        answer = await self._answer(collection_id, draw)
        return ContextAnswer(answer.nodes, answer.edges, passages, answer.available)

    async def stats(self, collection_id: str) -> Visible[GraphStats]:
        """How much of a graph the caller sees."""
        return await seen_stats(self._looking, collection_id)

    async def node(self, collection_id: str, node_id: str) -> GraphAnswer:
        """One thing, by the id of any of its names; or NodeNotFound."""

        async def draw(view: View) -> Drawn:
            return Drawn(await view.nodes([await _thing(view, node_id)]))

        answer = await self._answer(collection_id, draw)
        if answer.available and not answer.nodes:
            raise NodeNotFound
        return answer

    async def those(self, collection_id: str, node_ids: Collection[str]) -> Mapping[str, Visible[NodeSeen]] | None:
        """Those of some things that are there, by the ids they were asked for by; None with the store away."""

        async def draw(view: View) -> tuple[Drawn, dict[str, str]]:
            things = await view.by_ids(node_ids)
            ids = {asked: view.node_id(thing) for asked, thing in things.items()}
            return Drawn(await view.nodes(sorted(set(things.values())))), ids

        try:
            _, ids, seen = await self._looking.draw(collection_id, draw)
        except StoreUnavailable as error:
            return _away(collection_id, error, None)
        nodes = {one.value.id: one for one in seen.nodes}
        return {asked: nodes[id_] for asked, id_ in ids.items() if id_ in nodes}

    async def edge(self, collection_id: str, edge_id: str) -> GraphAnswer:
        """One relation, by the id of any tie it is made of, with the things it is between; or EdgeNotFound."""

        async def draw(view: View) -> Drawn:
            relation = await view.relation(edge_id)
            if relation is None:
                raise EdgeNotFound
            return Drawn(await view.nodes([relation.source, relation.target]), await view.edges([relation]))

        answer = await self._answer(collection_id, draw)
        if answer.available and not answer.edges:
            raise EdgeNotFound
        return answer

    async def nodes(
        self, collection_id: str, asked: NodesAsked, *, after: str | None = None, limit: int = 50
    ) -> GraphAnswer:
        """A page of the things that are meant, in the order of their keys; `next_after` leads to the next one."""

        async def draw(view: View) -> Drawn:
            things, goes_on = await ThingPages(view, wanted_of(asked)).page(after or "", limit)
            return Drawn(await view.nodes(things), next_after=goes_on)

        return await self._answer(collection_id, draw)

    async def edges(
        self, collection_id: str, asked: EdgesAsked, *, after: str | None = None, limit: int = 50
    ) -> GraphAnswer:
        """A page of the relations that are meant, in the order of what they go from; without the things."""

        async def draw(view: View) -> Drawn:
            pages = relation_pages(view, asked.relation_types)
            if asked.node_id is None:
                found, goes_on = await pages.page(after, limit)
            else:
                found, goes_on = await pages.page_of(await _thing(view, asked.node_id), after, limit)
            return Drawn(edges=await view.edges(found), next_after=goes_on)

        return await self._answer(collection_id, draw)

    async def _answer(self, collection_id: str, draw: Draw) -> GraphAnswer:
        async def drawing(view: View) -> tuple[Drawn, None]:
            return await draw(view), None

        try:
            drawn, _, seen = await self._looking.draw(collection_id, drawing)
        except StoreUnavailable as error:
            return _away(collection_id, error, GraphAnswer(available=False))
        more = drawn.truncated or drawn.next_after is not None
        return GraphAnswer(seen.nodes, seen.edges, truncated=more, next_after=drawn.next_after)

    @property
    def _looking(self) -> Looking:
        return Looking(self.access, self.onlooker, self.graphs, self.ahead)


@dataclass(frozen=True, slots=True)
class _Way:
    """A path by the ids of what is on it."""

    nodes: Sequence[str]
    edges: Sequence[str]


async def _thing(view: View, node_id: str) -> str:
    found = await view.by_ids([node_id])
    if node_id not in found:
        raise NodeNotFound
    return found[node_id]


async def _drawn_ways(view: View, search: PathSearch, found: Sequence[Sequence[Relation]]) -> tuple[Drawn, list[_Way]]:
    over = [search.things_on(way) for way in found]
    things = list(dict.fromkeys(thing for way in over for thing in way))
    relations = list(dict.fromkeys(relation for way in found for relation in way))
    nodes, edges = await view.nodes(things), await view.edges(relations)
    ids = {relation: view.edge_id(relation) for relation in relations}
    ways = [
        _Way([view.node_id(thing) for thing in things_on], [ids[relation] for relation in way])
        for way, things_on in zip(found, over, strict=True)
    ]
    return Drawn(nodes, edges, search.truncated), ways


def _shown(ways: Sequence[_Way], seen: SeenGraph) -> list[PathSeen]:
    """The paths of which everything is seen."""
    nodes = {one.value.id: one for one in seen.nodes}
    edges = {one.value.id: one for one in seen.edges}
    return [
        PathSeen([nodes[id_] for id_ in way.nodes], [edges[id_] for id_ in way.edges])
        for way in ways
        if nodes.keys() >= set(way.nodes) and edges.keys() >= set(way.edges)
    ]


def _away(collection_id: str, error: StoreUnavailable, answer: Answer) -> Answer:
    log.warning("graph_away", collection_id=collection_id, error=error.code, reason=str(error))
    return answer
