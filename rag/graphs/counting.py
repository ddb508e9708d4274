"""Answering, graphs: how many things and relations a caller sees, counted without holding all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field

from indexing.stores.graphs import Tie, Wanted
from rag.graphs.components import Components, GraphInScope
from rag.graphs.composing import labels_of

_AT_ONCE = 2_000  # keys


@dataclass(slots=True)
class Count:
    """How many there are, of which kinds."""

    nodes: int = 0
    edges: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Counting:
    """Counts what is in scope, some thousands at a time; it remembers what goes by several names, and no more."""

    graph: GraphInScope
    _named_twice: dict[str, str] = field(default_factory=dict)  # by key, the smallest of the same thing

    async def run(self, *, labels: bool) -> Count:
        """Count everything; of which labels things are only if that is asked for, for it takes much longer."""
        count = Count()
        async for names in self._things():
            count.nodes += len(names)
            if labels:
                count.labels.update(await self._labels(names))
        relations: set[tuple[str, str, str]] = set()
        async for ties in self.graph.store.every_tie(self.graph.index, self.graph.scope):
            count.types.update(self._types(ties, relations))
        count.edges = count.types.total()
        return count

    async def _things(self) -> AsyncIterator[Collection[Sequence[str]]]:
        """Every thing, as all its keys, once: where the smallest of them is."""
        store, index, scope, after = self.graph.store, self.graph.index, self.graph.scope, ""
        while keys := await store.find(index, Wanted(), scope, after=after, limit=_AT_ONCE):
            names = Components(self.graph)
            await names.join(keys)
            self._named_twice.update((key, names.thing(key)) for key in keys if len(names.members(key)) > 1)
            yield [names.members(key) for key in keys if names.thing(key) == key]
            after = keys[-1]

    async def _labels(self, things: Collection[Sequence[str]]) -> Counter[str]:
        keys = sorted(key for members in things for key in members)
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
