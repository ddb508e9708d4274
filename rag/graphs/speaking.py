"""Answering, graphs: how much passages speak of what a question names, and of what is beside that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog

from indexing.errors import StoreUnavailable
from indexing.stores.graphs import Worth
from indexing.stores.vectors import Hit
from rag.graphs.components import GraphInScope
from rag.graphs.naming import named
from rag.graphs.view import View

log = structlog.get_logger("search")
Nothing = TypeVar("Nothing")
_BESIDE = 0.5  # what it is worth to speak of something beside what is named
_MOST_BESIDE = 60
_EXACTLY = 10**9  # parts of one: sums of whole numbers are the same in every store


@dataclass(slots=True)
class Speaking:
    """Weighs passages by the graph; nothing outside its scope counts.

    A passage that speaks of all that is named weighs 1, one that speaks of none of it and of nothing beside it 0. With
    the store away nothing weighs anything: who asked has other ways to find passages.
    """

    graph: GraphInScope
    worth: Mapping[str, Mapping[str, float]]  # by key, what it adds to speak of it, by the thing it adds to
    total: float
    away: bool = False  # since some question or other

    @property
    def knows_something(self) -> bool:
        """Whether the question names anything."""
        return bool(self.worth)

    async def hits(self, most: int) -> list[Hit]:
        """The passages that speak most of it."""
        graph = self.graph
        worth = [
            Worth(key, thing, round(_EXACTLY * worth))
            for key, of_things in sorted(self.worth.items())
            for thing, worth in sorted(of_things.items())
        ]
        try:
            speakers = await graph.store.speakers(graph.index, worth, graph.scope, limit=most) if worth else []
        except StoreUnavailable as error:
            return self._is_away(error, [])
        documents = {source.chunk_id: source.document_id for source in speakers}
        weights = await self.weigh(documents)
        best = sorted(weights, key=lambda chunk_id: (-weights[chunk_id], chunk_id))[:most]
        return [Hit(chunk_id, documents[chunk_id], weights[chunk_id]) for chunk_id in best]

    async def weigh(self, chunk_ids: Collection[str]) -> dict[str, float]:
        """What these passages weigh; those that weigh nothing are left out."""
        if not (chunk_ids and self.worth):
            return {}
        graph = self.graph
        try:
            spoken_of = await graph.store.spoken_of(graph.index, sorted(chunk_ids), graph.scope)
        except StoreUnavailable as error:
            return self._is_away(error, {})
        return {chunk_id: weight for chunk_id, keys in spoken_of.items() if (weight := self._weight(keys)) > 0}

    def _is_away(self, error: StoreUnavailable, nothing: Nothing) -> Nothing:
        log.warning("search_without_graph", collection_id=self.graph.index.collection_id, reason=str(error))
        self.away = True
        return nothing

    def _weight(self, keys: Sequence[str]) -> float:
        best: dict[str, float] = {}
        for key in keys:
            for thing, worth in self.worth.get(key, {}).items():
                best[thing] = max(best.get(thing, 0.0), worth)
        return min(sum(best[thing] for thing in sorted(best)) / self.total, 1.0) if best else 0.0


async def speaking(graph: GraphInScope, text: str) -> Speaking:
    """What weighs passages for a question."""
    view = View(graph)
    meant = {one.thing: one.weight for one in await named(view, text)}
    worth: dict[str, dict[str, float]] = {}
    for thing, beside in (await _beside(view, list(meant))).items():
        for key in view.names.members(thing):
            worth[key] = {one: _BESIDE * meant[one] for one in beside}
    for thing, weight in meant.items():
        for key in view.names.members(thing):
            worth[key] = {**worth.get(key, {}), thing: weight}
    return Speaking(graph, worth, sum(meant[thing] for thing in sorted(meant)))


async def _beside(view: View, things: Sequence[str]) -> dict[str, set[str]]:
    """What is beside some things, and beside which: first what is beside most of them."""
    found: dict[str, set[str]] = {}
    for thing, relations in (await view.relations(things)).items():
        for relation in relations:
            found.setdefault(relation.other(thing), set()).add(thing)
    counts = Counter({thing: len(beside) for thing, beside in found.items()})
    chosen = sorted(counts, key=lambda thing: (-counts[thing], thing))[:_MOST_BESIDE]
    return {thing: found[thing] for thing in chosen}
