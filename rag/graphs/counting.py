"""Answering, graphs: how many things and relations a caller sees, counted without holding all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from indexing.stores.graphs import Tie
from rag.graphs.components import Components, GraphInScope
from rag.graphs.composing import labels_of


@dataclass(slots=True)
class Count:
    """How many there are, of which kinds."""

    nodes: int = 0
    edges: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Counting:
    """Counts what its store has not counted by itself; it remembers what goes by several names, and no more."""

    graph: GraphInScope
    _named_twice: dict[str, str] = field(default_factory=dict)  # by key, the smallest of the same thing

    async def run(self, *, labels: bool) -> Count:
        """Count everything; of which labels things are only if that is asked for."""
        count, store, index, scope = Count(), self.graph.store, self.graph.index, self.graph.scope
        async for some in store.tally_things(index, scope):
            names = await self._things(some.others)
            count.nodes += some.counted + len(names)
            if labels:
                count.labels.update(some.labels)
                count.labels.update(await self._labels(names))
        relations: set[tuple[str, str, str]] = set()
        async for ties in store.tally_ties(index, scope):
            count.types.update(ties.counted)
            count.types.update(self._types(ties.others, relations))
        count.edges = count.types.total()
        return count

    async def _things(self, keys: Sequence[str]) -> Collection[Sequence[str]]:
        """The things that some keys name, as all their keys, each once: where the smallest of them is."""
        if not keys:
            return ()
        names = Components(self.graph)
        await names.join(keys)
        self._named_twice.update((key, names.thing(key)) for key in keys if len(names.members(key)) > 1)
        return [names.members(key) for key in keys if names.thing(key) == key]

    async def _labels(self, things: Collection[Sequence[str]]) -> Counter[str]:
        keys = sorted(key for members in things for key in members)
        if not keys:
            return Counter()
        given, found = await self.graph.store.labels(self.graph.index, keys, self.graph.scope), Counter[str]()
        for members in things:
            counts = Counter[str]()
            for key in members:
                counts.update(given.get(key, {}))
            found.update(labels_of(counts))
        return found

    def _types(self, ties: Sequence[Tie], relations: set[tuple[str, str, str]]) -> Counter[str]:
        """The types of those ties that are relations not counted yet."""
        found = Counter[str]()
        twice = self._named_twice
        for tie in ties:
            relation = (twice.get(tie.source, tie.source), tie.type, twice.get(tie.target, tie.target))
            if relation[0] == relation[2] or relation in relations:
                continue
            found[tie.type] += 1
            if tie.source in twice or tie.target in twice:  # another tie may be the same
                relations.add(relation)
        return found
