"""Answering, graphs: what a store says of a graph, without what people took out of it.

What people wrote of things that documents speak of shows those to nobody: it is there where a document says them too,
and a relation they wrote is there where both its ends are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace

from indexing.graphs.edits import Curation
from indexing.stores.graphs import (
    BY_HAND,
    Beside,
    Degrees,
    Direction,
    GraphScope,
    GraphStore,
    Held,
    Said,
    Source,
    ThingTally,
    Tie,
    TieTally,
    Wanted,
    Worth,
)
from indexing.stores.vectors import DocumentFilter, Index

_AT_ONCE = 2_000  # keys
_BY_HAND = GraphScope(BY_HAND, DocumentFilter(all_except=False, ids=frozenset()))


@dataclass(frozen=True, slots=True)
class CuratedStore:
    """Answers what a store is asked within a scope."""

    store: GraphStore
    curation: Curation

    async def linked(self, graph: Index, keys: Collection[str]) -> list[tuple[str, str]]:
        """The pairs noted that one of these is in; whoever asks looks which of them are there."""
        return await self.store.linked(graph, keys)

    async def keys(self, graph: Index, node_ids: Collection[str]) -> dict[str, str]:
        """The keys of things that anybody mentions."""
        return await self.store.keys(graph, node_ids)

    async def ties_of(self, graph: Index, edge_ids: Collection[str]) -> dict[str, Tie]:
        """The relations with these ids that anybody asserts."""
        return await self.store.ties_of(graph, edge_ids)

    async def present(self, graph: Index, keys: Collection[str], scope: GraphScope) -> set[str]:
        """Those of these that are there."""
        found = await self.store.present(graph, keys, scope) - self.curation.removed
        return found - await self._hollow(graph, found, scope)

    async def said(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[Said]:
        """What is said of these."""
        found = await self.store.said(graph, set(keys) - self.curation.removed, scope)
        told = {one.mention.key for one in found if _is_of_a_document(one.source)}
        return [one for one in found if one.mention.key in told or one.mention.key not in self.curation.amended]

    async def labels(self, graph: Index, keys: Collection[str], scope: GraphScope) -> dict[str, dict[str, int]]:
        """By key, what it is called by those who are heard."""
        counts: dict[str, Counter[str]] = {}
        for one in await self.said(graph, keys, scope):
            counts.setdefault(one.mention.key, Counter()).update(one.mention.labels)
        return {key: dict(count) for key, count in counts.items()}

    async def ties(
        self, graph: Index, keys: Collection[str], scope: GraphScope, *, types: frozenset[str] = frozenset()
    ) -> list[Tie]:
        """Every relation of these that is there."""
        return await self._there(graph, await self.store.ties(graph, keys, scope, types=types), scope)

    async def beside(
        self, graph: Index, keys: Collection[str], scope: GraphScope, direction: Direction, *, most: int | None = None
    ) -> Beside:
        """What the relations lead to that are there."""
        own = set(keys)
        if self._takes_out:
            return Beside(others=tuple(sorted(_led_to(await self.ties(graph, own, scope), own, direction))))
        found = await self.store.beside(graph, own, replace(scope, by_hand=False), direction, most=most)
        written = _led_to(await self._written(graph, own, scope), own, direction)
        return Beside(found.alone, tuple(sorted(written.difference(found.alone).union(found.others))))

    async def between(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[Tie]:
        """Every relation from one of these to one of these that is there."""
        return await self._there(graph, await self.store.between(graph, keys, scope), scope)

    async def degrees(self, graph: Index, keys: Collection[str], scope: GraphScope) -> Degrees:
        """The relations of these that are there; what people wrote is listed, or all where they took something out."""
        own = set(keys)
        if self._takes_out:
            return Degrees(listed=_listed(await self.ties(graph, own, scope), own))
        told = replace(scope, by_hand=False)
        found, written = await self.store.degrees(graph, own, told), await self._written(graph, own, scope)
        twice = {one.assertion.tie for one in await self.store.held(graph, written, told)} if written else set()
        listed = {*found.listed, *_listed([tie for tie in written if tie not in twice], own)}
        return Degrees(found.counted, tuple(sorted(listed)))

    async def held(self, graph: Index, ties: Collection[Tie], scope: GraphScope) -> list[Held]:
        """What is asserted of these relations, of which whoever asks knows that their ends are there."""
        found = await self.store.held(graph, set(ties) - self.curation.removed_ties, scope)
        told = {one.assertion.tie for one in found if _is_of_a_document(one.source)}
        amended = self.curation.amended_ties
        return [one for one in found if one.assertion.tie in told or one.assertion.tie not in amended]

    async def find(self, graph: Index, wanted: Wanted, scope: GraphScope, *, after: str = "", limit: int) -> list[str]:
        """The keys of things that are told of so and are there; only the last page has less than the limit."""
        found: list[str] = []
        while True:
            some = await self.store.find(graph, wanted, scope, after=after, limit=limit)
            hollow = await self._hollow(graph, some, scope)
            found += [key for key in some if key not in self.curation.removed and key not in hollow]
            if len(some) < limit or len(found) >= limit:
                return found[:limit]
            after = some[-1]

    async def aliases(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[tuple[str, str]]:
        """Pairs of keys that are said to be the same thing, of which one is there."""
        pairs = await self.store.aliases(graph, keys, scope)
        if not (self.curation.amended or self.curation.removed):
            return pairs
        there = await self.present(graph, {key for pair in pairs for key in pair}, scope)
        doubtful = self.curation.amended | self.curation.removed
        return [pair for pair in pairs if all(key in there or key not in doubtful for key in pair)]

    async def spoken_of(self, graph: Index, chunk_ids: Collection[str], scope: GraphScope) -> dict[str, list[str]]:
        """By chunk, the keys of what it mentions."""
        found = await self.store.spoken_of(graph, chunk_ids, scope)
        left = {chunk: [key for key in keys if key not in self.curation.removed] for chunk, keys in found.items()}
        return {chunk: keys for chunk, keys in left.items() if keys}

    async def speakers(self, graph: Index, worth: Sequence[Worth], scope: GraphScope, *, limit: int) -> list[Source]:
        """Who speaks most of things, of which whoever asks knows that they are there."""
        return await self.store.speakers(graph, worth, scope, limit=limit)

    async def every_tie(self, graph: Index, scope: GraphScope) -> AsyncIterator[Sequence[Tie]]:
        """Every relation that is there, some thousands at a time."""
        async for some in self.store.every_tie(graph, scope):
            yield await self._there(graph, some, scope)

    async def tally_things(self, graph: Index, scope: GraphScope) -> AsyncIterator[ThingTally]:
        """Everything that is there, listed: what people wrote or took out may be any of it."""
        after = ""
        while keys := await self.find(graph, Wanted(), scope, after=after, limit=_AT_ONCE):
            yield ThingTally(others=tuple(keys))
            after = keys[-1]

    async def tally_ties(self, graph: Index, scope: GraphScope) -> AsyncIterator[TieTally]:
        """Every relation that is there, listed."""
        async for some in self.every_tie(graph, scope):
            yield TieTally(others=tuple(tie for tie in some if tie.source != tie.target))

    @property
    def _takes_out(self) -> bool:
        return bool(self.curation.removed or self.curation.removed_ties)

    async def _written(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[Tie]:
        """The relations of these that are there because people wrote them, whether or not documents say them too."""
        if not scope.by_hand:
            return []
        ties = set(await self.store.ties(graph, keys, _BY_HAND)) - self.curation.amended_ties
        ends = await self.present(graph, {end for tie in ties for end in (tie.source, tie.target)}, scope)
        return sorted(tie for tie in ties if tie.source in ends and tie.target in ends)

    async def _hollow(self, graph: Index, keys: Collection[str], scope: GraphScope) -> set[str]:
        """Those of these that no document in scope speaks of, though somebody wrote more of them."""
        doubtful = set(self.curation.amended.intersection(keys))
        if not doubtful:
            return set()
        said = await self.store.said(graph, doubtful, scope)
        return doubtful - {one.mention.key for one in said if _is_of_a_document(one.source)}

    async def _there(self, graph: Index, ties: Sequence[Tie], scope: GraphScope) -> list[Tie]:
        curation = self.curation
        left = [tie for tie in ties if tie not in curation.removed_ties]
        doubtful = curation.amended_ties.intersection(left)
        if doubtful:
            held = await self.store.held(graph, doubtful, scope)
            doubtful = doubtful - {one.assertion.tie for one in held if _is_of_a_document(one.source)}
        if curation.has_ties or curation.removed:
            ends = await self.present(graph, {key for tie in left for key in (tie.source, tie.target)}, scope)
            return [tie for tie in left if tie not in doubtful and {tie.source, tie.target} <= ends]
        return [tie for tie in left if tie not in doubtful]


def _led_to(ties: Collection[Tie], own: Collection[str], direction: Direction) -> set[str]:
    """What ties of some keys lead to from these."""
    out = {tie.target for tie in ties if tie.source in own and direction is not Direction.IN}
    return out | {tie.source for tie in ties if tie.target in own and direction is not Direction.OUT}


def _listed(ties: Collection[Tie], own: Collection[str]) -> tuple[tuple[str, Tie], ...]:
    """Ties by those of their ends that are asked about; none that leads from a key to itself."""
    several = (tie for tie in ties if tie.source != tie.target)
    return tuple(sorted((end, tie) for tie in several for end in (tie.source, tie.target) if end in own))


def _is_of_a_document(source: Source) -> bool:
    return source.document_id != BY_HAND
