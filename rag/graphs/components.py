"""Answering, graphs: which names are one thing, for who reads what is in scope."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from indexing.stores.graphs import GraphScope, GraphStore
from indexing.stores.vectors import Index
from rag.graphs.curated import CuratedStore


@dataclass(frozen=True, slots=True)
class GraphInScope:
    """A graph in a store, asked within one scope."""

    store: GraphStore | CuratedStore
    index: Index
    scope: GraphScope


@dataclass(slots=True)
class Components:
    """Learns which keys are one thing: what sources in scope say is the same, and what is linked where both are read.

    Names were judged as documents came that say them, so a link counts where documents in scope say both: whether a
    name that is by hand was ever judged depends on documents that may be out of sight.

    A key that is only said to be the same as others joins them, and is none of theirs: nobody has told of it.
    """

    graph: GraphInScope
    _members: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by any key of a thing, all that are mentioned
    _present: dict[str, bool] = field(default_factory=dict)

    async def join(self, keys: Iterable[str]) -> None:
        """Learn of these keys, and of all that are the same as they; each of them is mentioned in scope."""
        known = set(keys).difference(self._members)
        self._present.update(dict.fromkeys(known, True))
        pairs: set[tuple[str, str]] = set()
        waiting = known
        while waiting:
            found = await self._pairs(waiting)
            pairs |= found
            waiting = {key for pair in found for key in pair} - known
            known = known | waiting
        self._members.update((key, (key,)) for key in known)
        if pairs:
            await self._unite(pairs)

    def stand_alone(self, keys: Iterable[str]) -> None:
        """Learn of keys that nobody says are the same as any other; each of them is mentioned in scope."""
        for key in keys:
            if key not in self._members:
                self._members[key], self._present[key] = (key,), True

    async def _unite(self, pairs: Collection[tuple[str, str]]) -> None:
        """Note what is one thing by these pairs."""
        await self._look_up({key for pair in pairs for key in pair})
        for group in _connected(pairs):
            members = tuple(sorted(key for key in group if self._present[key]))
            self._members.update(dict.fromkeys(group, members))

    def thing(self, key: str) -> str:
        """The smallest key of the thing a joined key names."""
        return self._members[key][0]

    def members(self, key: str) -> tuple[str, ...]:
        """All keys that name what a joined key names."""
        return self._members[key]

    async def present(self, keys: Collection[str]) -> set[str]:
        """Those of these that some source in scope mentions."""
        await self._look_up(keys)
        return {key for key in keys if self._present[key]}

    async def _pairs(self, keys: Collection[str]) -> set[tuple[str, str]]:
        store, index = self.graph.store, self.graph.index
        linked = await store.linked(index, keys)
        names, read = {key for pair in linked for key in pair}, replace(self.graph.scope, by_hand=False)
        told = await store.present(index, names, read) if names else set()
        both = {pair for pair in linked if pair[0] in told and pair[1] in told}
        return both.union(await store.aliases(index, keys, self.graph.scope))

    async def _look_up(self, keys: Collection[str]) -> None:
        new = set(keys).difference(self._present)
        if new:
            there = await self.graph.store.present(self.graph.index, new, self.graph.scope)
            self._present.update((key, key in there) for key in new)


def _connected(pairs: Iterable[tuple[str, str]]) -> Iterable[Collection[str]]:
    groups: dict[str, set[str]] = {}
    for one, other in pairs:
        small, large = sorted((groups.setdefault(key, {key}) for key in (one, other)), key=len)
        if small is not large:
            large |= small
            groups.update(dict.fromkeys(small, large))
    return {id(group): group for group in groups.values()}.values()
