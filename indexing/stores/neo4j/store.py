"""Knowing, stores: the graph store port on Neo4j; the server may be away, and is looked for when it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from app.loading import loading
from indexing.stores.graphs import (
    Beside,
    Degrees,
    Direction,
    GraphScope,
    Held,
    Said,
    Size,
    Source,
    Statement,
    ThingTally,
    Tie,
    TieTally,
    Wanted,
    Worth,
)
from indexing.stores.neo4j.address import Address
from indexing.stores.vectors import Index

if TYPE_CHECKING:
    from indexing.stores.neo4j.asking import Asking
    from indexing.stores.neo4j.changing import Changing
    from indexing.stores.neo4j.client import Server

_NOWHERE = Index(tenant_id="nobody", collection_id="none", name="Probe")  # a graph that is never made


class Neo4jGraphs:
    """Keeps what chunks say in Neo4j; nothing of its driver is loaded or opened before it is asked."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._opening = asyncio.Lock()
        self._opened: _Opened | None = None

    async def put(self, graph: Index, layer: str, statements: Sequence[Statement]) -> None:
        """Keep what these sources say in a layer."""
        if statements:
            await (await self._changing(graph)).put(layer, statements)

    async def link(self, graph: Index, pairs: Collection[tuple[str, str]]) -> None:
        """Note names that mean the same."""
        await (await self._changing(graph)).link(pairs)

    async def linked(self, graph: Index, keys: Collection[str]) -> list[tuple[str, str]]:
        """The pairs noted that one of these is in."""
        return await (await self._asking(graph)).linked(keys)

    async def keys(self, graph: Index, node_ids: Collection[str]) -> dict[str, str]:
        """Keys by the ids of things."""
        return await (await self._asking(graph)).keys(node_ids)

    async def ties_of(self, graph: Index, edge_ids: Collection[str]) -> dict[str, Tie]:
        """Ties by the ids of relations."""
        return await (await self._asking(graph)).ties_of(edge_ids)

    async def present(self, graph: Index, keys: Collection[str], scope: GraphScope) -> set[str]:
        """Those of these that some source in scope mentions."""
        return await (await self._asking(graph)).present(keys, scope)

    async def said(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[Said]:
        """What sources in scope say of these."""
        return await (await self._asking(graph)).said(keys, scope)

    async def labels(self, graph: Index, keys: Collection[str], scope: GraphScope) -> dict[str, dict[str, int]]:
        """By key, the labels that sources in scope give it."""
        return await (await self._asking(graph)).labels(keys, scope)

    async def ties(
        self, graph: Index, keys: Collection[str], scope: GraphScope, *, types: frozenset[str] = frozenset()
    ) -> list[Tie]:
        """Every relation of these that some source in scope asserts."""
        return await (await self._asking(graph)).ties(keys, scope, types)

    async def beside(
        self, graph: Index, keys: Collection[str], scope: GraphScope, direction: Direction, *, most: int | None = None
    ) -> Beside:
        """What relations lead to."""
        return await (await self._asking(graph)).beside(keys, scope, direction, most)

    async def between(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[Tie]:
        """Every relation from one of these to one of these."""
        return await (await self._asking(graph)).between(keys, scope)

    async def degrees(self, graph: Index, keys: Collection[str], scope: GraphScope) -> Degrees:
        """How many relations each of these has."""
        return await (await self._asking(graph)).degrees(keys, scope)

    async def held(self, graph: Index, ties: Collection[Tie], scope: GraphScope) -> list[Held]:
        """What sources in scope assert of these relations."""
        return await (await self._asking(graph)).held(ties, scope)

    async def find(self, graph: Index, wanted: Wanted, scope: GraphScope, *, after: str = "", limit: int) -> list[str]:
        """The keys of things that sources in scope tell of so."""
        if limit < 1:
            return []
        return await (await self._asking(graph)).find(wanted, scope, after, limit)

    async def aliases(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[tuple[str, str]]:
        """Pairs that a source in scope says are the same thing."""
        return await (await self._asking(graph)).aliases(keys, scope)

    async def spoken_of(self, graph: Index, chunk_ids: Collection[str], scope: GraphScope) -> dict[str, list[str]]:
        """What chunks mention."""
        return await (await self._asking(graph)).spoken_of(chunk_ids, scope)

    async def speakers(self, graph: Index, worth: Sequence[Worth], scope: GraphScope, *, limit: int) -> list[Source]:
        """The sources in scope whose mentions are worth most."""
        return await (await self._asking(graph)).speakers(worth, scope, limit) if limit > 0 else []

    async def every_tie(self, graph: Index, scope: GraphScope) -> AsyncIterator[Sequence[Tie]]:
        """Every relation some source in scope asserts."""
        async for page in (await self._asking(graph)).every_tie(scope):
            yield page

    async def tally_things(self, graph: Index, scope: GraphScope) -> AsyncIterator[ThingTally]:
        """Everything some source in scope mentions."""
        async for page in (await self._asking(graph)).tally_things(scope):
            yield page

    async def tally_ties(self, graph: Index, scope: GraphScope) -> AsyncIterator[TieTally]:
        """Every relation some source in scope asserts, counted where it stands alone."""
        async for page in (await self._asking(graph)).tally_ties(scope):
            yield page

    async def size(self, graph: Index, layer: str) -> Size:
        """How much a layer has whoever may see it."""
        return await (await self._asking(graph)).size(layer)

    async def remove_editions(self, graph: Index, edition_ids: Collection[str]) -> int:
        """Keep nothing of these editions any longer."""
        return await (await self._changing(graph)).remove_editions(edition_ids) if edition_ids else 0

    async def remove_documents(self, graph: Index, document_ids: Collection[str]) -> int:
        """Keep nothing of these documents any longer."""
        return await (await self._changing(graph)).remove_documents(document_ids) if document_ids else 0

    async def remove_by_hand(self, graph: Index, *, keys: Collection[str], ties: Collection[Tie]) -> int:
        """Keep what was written by hand of these no longer."""
        return await (await self._changing(graph)).remove_by_hand(keys, ties) if keys or ties else 0

    async def remove_layers_but(self, graph: Index, layers: Collection[str]) -> int:
        """Keep only these layers, and what is by hand."""
        return await (await self._changing(graph)).remove_layers_but(layers)

    async def edition_ids(self, graph: Index) -> AsyncIterator[Sequence[tuple[str, str]]]:
        """Every edition something is kept of."""
        async for page in (await self._asking(graph)).edition_ids():
            yield page

    async def drop(self, graph: Index) -> int:
        """Keep nothing of a graph any longer."""
        return await (await self._changing(graph)).drop()

    async def answers(self) -> None:
        """Return if it can be asked something now."""
        await (await self._asking(_NOWHERE)).nothing()

    async def aclose(self) -> None:
        """Let go of the connections."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.server.aclose()

    async def _asking(self, graph: Index) -> Asking:
        opened = self._opened or await self._open()
        asking: Asking = opened.asking.Asking(opened.server, graph)
        return asking

    async def _changing(self, graph: Index) -> Changing:
        opened = self._opened or await self._open()
        changing: Changing = opened.changing.Changing(opened.server, graph)
        return changing

    async def _open(self) -> _Opened:
        async with self._opening:
            if self._opened is None:
                asking, changing, client = await asyncio.to_thread(_driver)
                with client.translated():
                    self._opened = _Opened(asking, changing, client.Server(self._address))
            return self._opened


@dataclass(frozen=True, slots=True)
class _Opened:
    asking: ModuleType
    changing: ModuleType
    server: Server


def _driver() -> tuple[ModuleType, ModuleType, ModuleType]:
    """Load what speaks to Neo4j: it takes a second, and most never need it."""
    with loading():
        from indexing.stores.neo4j import asking, changing, client  # noqa: PLC0415

    return asking, changing, client
