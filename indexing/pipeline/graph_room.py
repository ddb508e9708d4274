"""Knowing, pipeline: statements put into a graph as far as the caps of its collection leave room for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

from indexing.graphs.asking import asking_graphs
from indexing.pipeline.content import Recipe
from indexing.stores.graphs import Assertion, GraphScope, GraphStore, Mention, Size, Statement, Tie
from indexing.stores.vectors import DocumentFilter

_EVERYBODY = DocumentFilter(all_except=True, ids=frozenset())
# One at a time finds out how much room there is and takes it; another process may overshoot by what it puts at once.
_TAKING: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()


@dataclass(slots=True)
class _Left:
    """What is in a graph already, and how much more may come in."""

    nodes: int
    edges: int
    keys: set[str]
    ties: set[Tie]

    def fitting(self, statement: Statement) -> Statement:
        """As much of a statement as there is room for."""
        mentions = [mention for mention in statement.mentions if self._takes(mention)]
        assertions = [assertion for assertion in statement.assertions if self._holds(assertion)]
        return Statement(statement.source, mentions, assertions)

    def _takes(self, mention: Mention) -> bool:
        if mention.key not in self.keys:
            if self.nodes <= 0:
                return False
            self.nodes -= 1
            self.keys.add(mention.key)
        return True

    def _holds(self, assertion: Assertion) -> bool:
        tie = assertion.tie
        if not {tie.source, tie.target} <= self.keys:
            return False
        if tie not in self.ties:
            if self.edges <= 0:
                return False
            self.edges -= 1
            self.ties.add(tie)
        return True


@dataclass(frozen=True, slots=True)
class GraphRoom:
    """The room that one layer of a collection's graph has."""

    graphs: GraphStore
    recipe: Recipe
    layer: str

    async def is_full(self) -> bool:
        """Whether nothing new can come in: then nobody pays for it."""
        size = await self._size()
        return size.nodes >= self.recipe.most_nodes or size.edges >= self.recipe.most_edges

    async def put(self, statements: Sequence[Statement]) -> tuple[list[Statement], int]:
        """Keep what there is room for; says what that is, and of how many statements something is left out."""
        lock = _TAKING.setdefault((self.recipe.index.collection_id, self.layer), asyncio.Lock())
        async with lock:
            kept = await self._fitting(statements)
            with asking_graphs():
                await self.graphs.put(self.recipe.index, self.layer, kept)
        return kept, sum(_said(had) > _said(has) for had, has in zip(statements, kept, strict=True))

    async def _fitting(self, statements: Sequence[Statement]) -> list[Statement]:
        size = await self._size()
        keys = {mention.key for one in statements for mention in one.mentions}
        ties = {assertion.tie for one in statements for assertion in one.assertions}
        nodes, edges = self.recipe.most_nodes - size.nodes, self.recipe.most_edges - size.edges
        if len(keys) <= nodes and len(ties) <= edges:
            return list(statements)
        scope = GraphScope(self.layer, _EVERYBODY)
        with asking_graphs():
            there = await self.graphs.present(self.recipe.index, keys, scope)
            held = set(await self.graphs.ties(self.recipe.index, there, scope)) & ties
        left = _Left(nodes, edges, there, held)
        return [left.fitting(statement) for statement in statements]

    async def _size(self) -> Size:
        with asking_graphs():
            return await self.graphs.size(self.recipe.index, self.layer)


def _said(statement: Statement) -> int:
    return len(statement.mentions) + len(statement.assertions)
