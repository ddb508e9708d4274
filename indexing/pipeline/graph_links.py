"""Knowing, pipeline: names of a graph that mean the same, found by the embedding model of its collection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field

from indexing.graphs.asking import asking_graphs
from indexing.graphs.likeness import beginnings, may_be_same, near
from indexing.pipeline.metered import MeteredModel
from indexing.stores.graphs import GraphScope, GraphStore, Statement, Wanted
from indexing.stores.vectors import DocumentFilter, Index

# Measured with minilm: names of different things are up to 0.88 alike (acme north, acme south), spellings of one 0.95.
LEAST = 0.92
_EVERYBODY = DocumentFilter(all_except=True, ids=frozenset())
_AT_ONCE = 1_000  # names looked at together
_PAIRS = 256  # embedded together


@dataclass(slots=True)
class Linking:
    """Links the names of one edition with all that are there, each name once."""

    graphs: GraphStore
    index: Index
    layer: str
    model: MeteredModel
    _known: set[str] = field(default_factory=set, init=False)
    _new: set[str] = field(default_factory=set, init=False)
    _doubtful: set[str] = field(default_factory=set, init=False)

    async def before(self, statements: Sequence[Statement]) -> None:
        """Look which names of what is about to be put nobody has judged yet.

        Where these were put before, somebody stopped there or later: if later, all their names are judged.
        """
        scope = GraphScope(self.layer, _EVERYBODY, by_hand=False)
        keys = {mention.key for one in statements for mention in one.mentions}
        with asking_graphs():
            put = await self.graphs.spoken_of(self.index, [one.source.chunk_id for one in statements], scope)
            new = keys if put else keys - await self.graphs.present(self.index, keys, scope)
        if not put:
            await self.rest()
        self._doubtful, self._new = (keys, set()) if put else (set(), new)

    async def after(self) -> None:
        """Link those names, now that they are put."""
        await self._link(self._new)

    async def rest(self) -> None:
        """Link what was put last by somebody who may have stopped before they linked it."""
        await self._link(self._doubtful)
        self._doubtful = set()

    async def _link(self, keys: Collection[str]) -> None:
        """Link names that have just been put: of two that come at once, the later one finds the other."""
        new = sorted(set(keys) - self._known)
        self._known.update(new)
        by_beginning: dict[str, list[str]] = {}
        for key in new:
            for beginning in beginnings(key):
                by_beginning.setdefault(beginning, []).append(key)
        for beginning, ours in sorted(by_beginning.items()):
            async for theirs in self._beginning(beginning):
                pairs = await asyncio.to_thread(_alike, beginning, ours, theirs)
                for start in range(0, len(pairs), _PAIRS):
                    await self._note(pairs[start : start + _PAIRS])

    async def _beginning(self, beginning: str) -> AsyncIterator[Sequence[str]]:
        scope, after = GraphScope(self.layer, _EVERYBODY, by_hand=False), ""
        while True:
            with asking_graphs():
                wanted = Wanted(words=(beginning,))
                some = await self.graphs.find(self.index, wanted, scope, after=after, limit=_AT_ONCE)
            if some:
                yield some
            if len(some) < _AT_ONCE:
                return
            after = some[-1]

    async def _note(self, pairs: Sequence[tuple[str, str]]) -> None:
        with asking_graphs():
            known = set(await self.graphs.linked(self.index, {one for pair in pairs for one in pair}))
        left = [pair for pair in pairs if pair not in known]
        if not left:
            return
        names = sorted({one for pair in left for one in pair})
        place = {name: at for at, name in enumerate(names)}
        vectors = (await self.model.embed(names))[[place[one] for pair in left for one in pair]]
        with asking_graphs():
            await self.graphs.link(self.index, list(near(left, vectors, LEAST)))


def _alike(beginning: str, ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs that may mean the same, each under the first of the beginnings that it shares alone."""
    pairs = {(min(one, two), max(one, two)) for one in ours for two in theirs if may_be_same(one, two)}
    return sorted(pair for pair in pairs if min(beginnings(pair[0]) & beginnings(pair[1])) == beginning)
