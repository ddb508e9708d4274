"""Knowing, stores: what chunks say of things and their relations, in one SQLite file for each collection."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from indexing.stores.embedded.files import Files
from indexing.stores.embedded.graphs import (
    finding,
    forgetting,
    knowing,
    layout,
    reading,
    surroundings,
    tallying,
    writing,
)
from indexing.stores.embedded.layout import listed
from indexing.stores.embedded.places import Places
from indexing.stores.embedded.threads import Threads
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
from indexing.stores.vectors import Index

_P = ParamSpec("_P")
_T = TypeVar("_T")
_PAGE = 2_000
_SLICE = 1_000  # sources that one transaction forgets, so that whoever writes beside it does not wait for all of them
_FRESH = 2.0  # seconds for which something kept is a sign that more can be
_OF_DOCUMENTS = "document IN (SELECT d.id FROM json_each(:ids) j JOIN documents d ON d.document_id = j.value)"
_OF_EDITIONS = "edition IN (SELECT e.id FROM json_each(:ids) j JOIN editions e ON e.edition_id = j.value)"
_OF_OTHER_LAYERS = "layer NOT IN (SELECT l.id FROM json_each(:ids) j JOIN layers l ON l.layer = j.value)"


class EmbeddedGraphs:
    """A GraphStore in a folder; any number of processes may share it."""

    def __init__(self, folder: Path, *, patience: float = 10, open_files: int = 32) -> None:
        self._files = Files(Places(folder, patience), open_files, layout)
        self._threads = Threads("graph store")
        self._kept_at = -_FRESH

    async def put(self, graph: Index, layer: str, statements: Sequence[Statement]) -> None:
        """Keep these, all or none, on the disk when this returns."""
        if statements:
            await self._threads.write(self._put, graph, layer, list(statements))
            self._kept_at = time.monotonic()

    async def link(self, graph: Index, pairs: Collection[tuple[str, str]]) -> None:
        """Note names that mean the same."""
        if pairs:
            await self._threads.write(self._link, graph, list(pairs))

    async def linked(self, graph: Index, keys: Collection[str]) -> list[tuple[str, str]]:
        """Noted pairs."""
        return await self._ask(graph, [], knowing.linked, list(keys))

    async def keys(self, graph: Index, node_ids: Collection[str]) -> dict[str, str]:
        """Keys of things."""
        return await self._ask(graph, {}, knowing.keys_of, graph.collection_id, list(node_ids))

    async def ties_of(self, graph: Index, edge_ids: Collection[str]) -> dict[str, Tie]:
        """Relations by their ids."""
        return await self._ask(graph, {}, knowing.ties_of, graph.collection_id, list(edge_ids))

    async def present(self, graph: Index, keys: Collection[str], scope: GraphScope) -> set[str]:
        """What is mentioned."""
        return await self._ask(graph, set(), reading.present, list(keys), scope)

    async def said(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[Said]:
        """What is said of things."""
        return await self._ask(graph, [], reading.said, list(keys), scope)

    async def labels(self, graph: Index, keys: Collection[str], scope: GraphScope) -> dict[str, dict[str, int]]:
        """What things are called."""
        return await self._ask(graph, {}, reading.labels, list(keys), scope)

    async def ties(
        self, graph: Index, keys: Collection[str], scope: GraphScope, *, types: frozenset[str] = frozenset()
    ) -> list[Tie]:
        """Relations of things."""
        return await self._ask(graph, [], reading.ties, list(keys), scope, types)

    async def beside(
        self, graph: Index, keys: Collection[str], scope: GraphScope, direction: Direction, *, most: int | None = None
    ) -> Beside:
        """What is beside things."""
        return await self._ask(graph, Beside(), surroundings.beside, list(keys), scope, direction, most)

    async def between(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[Tie]:
        """Relations between things."""
        return await self._ask(graph, [], surroundings.between, list(keys), scope)

    async def degrees(self, graph: Index, keys: Collection[str], scope: GraphScope) -> Degrees:
        """How many relations things have."""
        return await self._ask(graph, Degrees(), surroundings.degrees, list(keys), scope)

    async def held(self, graph: Index, ties: Collection[Tie], scope: GraphScope) -> list[Held]:
        """What is asserted of relations."""
        return await self._ask(graph, [], reading.held, list(ties), scope)

    async def find(self, graph: Index, wanted: Wanted, scope: GraphScope, *, after: str = "", limit: int) -> list[str]:
        """What is looked for."""
        return await self._ask(graph, [], finding.find, wanted, scope, after, limit) if limit > 0 else []

    async def aliases(self, graph: Index, keys: Collection[str], scope: GraphScope) -> list[tuple[str, str]]:
        """What is said to be the same."""
        return await self._ask(graph, [], reading.aliases, list(keys), scope)

    async def spoken_of(self, graph: Index, chunk_ids: Collection[str], scope: GraphScope) -> dict[str, list[str]]:
        """What chunks mention."""
        return await self._ask(graph, {}, reading.spoken_of, list(chunk_ids), scope)

    async def speakers(self, graph: Index, worth: Sequence[Worth], scope: GraphScope, *, limit: int) -> list[Source]:
        """Who speaks most of something."""
        return await self._ask(graph, [], finding.speakers, list(worth), scope, limit) if limit > 0 else []

    async def every_tie(self, graph: Index, scope: GraphScope) -> AsyncIterator[Sequence[Tie]]:
        """Every relation, as many things' at a time as a page has."""
        above: str | None = ""
        while above is not None:
            page, above = await self._ask(graph, ([], None), reading.tie_page, scope, above, _PAGE)
            for start in range(0, len(page), _PAGE):
                yield page[start : start + _PAGE]

    async def tally_things(self, graph: Index, scope: GraphScope) -> AsyncIterator[ThingTally]:
        """All things, as many at a time as a page has."""
        above: str | None = ""
        while above is not None:
            page, above = await self._ask(graph, (ThingTally(), None), tallying.tally_things, scope, above, _PAGE)
            yield page

    async def tally_ties(self, graph: Index, scope: GraphScope) -> AsyncIterator[TieTally]:
        """All relations, as many things' at a time as a page has."""
        above: str | None = ""
        while above is not None:
            page, above = await self._ask(graph, (TieTally(), None), tallying.tally_ties, scope, above, _PAGE)
            yield page

    async def size(self, graph: Index, layer: str) -> Size:
        """How much a layer has."""
        return await self._ask(graph, Size(0, 0), knowing.size, layer)

    async def remove_editions(self, graph: Index, edition_ids: Collection[str]) -> int:
        """Keep nothing of these editions, and no trace of it in the file."""
        return await self._forget(graph, _OF_EDITIONS, edition_ids)

    async def remove_documents(self, graph: Index, document_ids: Collection[str]) -> int:
        """Keep nothing of these documents, and no trace of it in the file."""
        return await self._forget(graph, _OF_DOCUMENTS, document_ids)

    async def remove_by_hand(self, graph: Index, *, keys: Collection[str], ties: Collection[Tie]) -> int:
        """Keep what was written by hand of these no longer."""
        gone = await self._threads.write(self._forget_by_hand, graph, list(keys), list(ties))
        return await self._without_trace(graph, gone)

    async def remove_layers_but(self, graph: Index, layers: Collection[str]) -> int:
        """Keep only these layers, and what is by hand."""
        return await self._forget(graph, _OF_OTHER_LAYERS, layers)

    async def edition_ids(self, graph: Index) -> AsyncIterator[Sequence[tuple[str, str]]]:
        """Every edition, in the order they came."""
        above = 0
        while True:
            page, last = await self._ask(graph, ([], above), knowing.edition_page, above, _PAGE)
            if page:
                yield page
            if last == above:
                return
            above = last

    async def drop(self, graph: Index) -> int:
        """Remove the file, even if it cannot be read any more."""
        return await self._threads.write(self._drop, graph)

    async def answers(self) -> None:
        """Return if the folder takes a file, or has just taken something."""
        if time.monotonic() - self._kept_at >= _FRESH:
            await self._threads.read(self._files.places.try_writing)

    async def aclose(self) -> None:
        """Let what runs come to its end, and close every file."""
        await asyncio.to_thread(self._close)

    async def _ask(
        self,
        graph: Index,
        nothing: _T,
        question: Callable[Concatenate[sqlite3.Connection, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Ask at one moment of a graph; one that is not there answers nothing."""

        def ask() -> _T:
            with self._files.reading(graph) as connection:
                return question(connection, *args, **kwargs) if connection else nothing

        return await self._threads.read(ask)

    async def _forget(self, graph: Index, condition: str, ids: Collection[str]) -> int:
        """Forget sources slice by slice; killed between two, the rest is forgotten when it is asked again."""
        given, gone = {"ids": listed(ids)}, 0
        while some := await self._threads.write(self._forget_some, graph, condition, given):
            gone += some
        return await self._without_trace(graph, gone)

    async def _without_trace(self, graph: Index, gone: int) -> int:
        if gone:
            await self._threads.write(self._files.empty_log, graph.name)
        return gone

    def _put(self, graph: Index, layer: str, statements: Sequence[Statement]) -> None:
        writing.check(layer, statements)
        with self._files.changing(graph, make=True) as file:
            if file is not None:
                writing.put(file.connection, graph, layer, statements)

    def _link(self, graph: Index, pairs: Sequence[tuple[str, str]]) -> None:
        with self._files.changing(graph) as file:
            if file is not None:
                writing.link(file.connection, pairs)

    def _forget_some(self, graph: Index, condition: str, given: dict[str, Any]) -> int:
        with self._files.changing(graph) as file:
            if file is None:
                return 0
            loose = forgetting.Loose()
            sources = forgetting.sources_with(file.connection, condition, given, _SLICE)
            gone = forgetting.forget_sources(file.connection, sources, loose)
            forgetting.tidy(file.connection, loose)
            return gone

    def _forget_by_hand(self, graph: Index, keys: Sequence[str], ties: Sequence[Tie]) -> int:
        with self._files.changing(graph) as file:
            if file is None:
                return 0
            loose = forgetting.Loose()
            gone = forgetting.forget_by_hand(file.connection, keys, ties, loose)
            forgetting.tidy(file.connection, loose)
            return gone

    def _drop(self, graph: Index) -> int:
        return self._files.drop(graph, knowing.count)[0]

    def _close(self) -> None:
        self._threads.shutdown()
        self._files.close()
