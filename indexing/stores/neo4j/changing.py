"""Knowing, stores: keeping what sources say in Neo4j or no longer; what is left over goes in the same step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

from neo4j import AsyncTransaction, Record

from indexing.stores.graphs import BY_HAND, Statement, Tie
from indexing.stores.neo4j import commands
from indexing.stores.neo4j.client import Server, rows
from indexing.stores.neo4j.pieces import ROWS, Piece, Row, pieces, tie_id
from indexing.stores.vectors import Index

SOURCES = 200  # that one transaction removes
NODES = 5_000  # that one transaction of a drop removes

_DROPS = (commands.DROP_SOURCES, commands.DROP_TIES, commands.DROP_TERMS, commands.DROP_THINGS)


@dataclass(slots=True)
class Gone:
    """What is not said any more, by what may be left over of it."""

    number: int = 0
    leads: dict[str, set[str]] = field(default_factory=dict)  # by key, what it was found by
    ties: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)

    def mentioned(self, found: Collection[Record]) -> None:
        """Note mentions that were."""
        self.number += len(found)
        for row in found:
            self.leads.setdefault(row["key"], set()).update(row["terms"])

    def asserted(self, found: Collection[Record]) -> None:
        """Note assertions that were."""
        self.number += len(found)
        for row in found:
            self.ties.add(row["id"])
            self.ends |= {row["source"], row["target"]}


class Changing:
    """Changes of one collection, one at a time; each of them is whole or is not."""

    def __init__(self, server: Server, graph: Index) -> None:
        self._server = server
        self._collection_id = graph.collection_id
        self._own = {"tenant": graph.tenant_id, "collection": graph.collection_id}

    async def put(self, layer: str, statements: Sequence[Statement]) -> None:
        """Keep what sources say."""
        for piece in pieces(self._collection_id, layer, statements):

            async def keep(transaction: AsyncTransaction, piece: Piece = piece) -> None:
                await self._keep(_Step(transaction, self._own), piece)

            await self._server.write(keep)

    async def link(self, pairs: Collection[tuple[str, str]]) -> None:
        """Note pairs of names that mean the same."""
        ordered = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})
        for start in range(0, len(ordered), ROWS):
            some = [list(pair) for pair in ordered[start : start + ROWS]]

            async def note(transaction: AsyncTransaction, some: Sequence[Sequence[str]] = some) -> None:
                step = _Step(transaction, self._own)
                await step.run(commands.LOCK)
                await step.run(commands.LINK, pairs=some)

            await self._server.write(note)

    async def remove_editions(self, edition_ids: Collection[str]) -> int:
        """Keep nothing of some editions."""
        return await self._remove(commands.SOURCES_OF_EDITIONS, gone=sorted(set(edition_ids)))

    async def remove_documents(self, document_ids: Collection[str]) -> int:
        """Keep nothing of some documents."""
        return await self._remove(commands.SOURCES_OF_DOCUMENTS, gone=sorted(set(document_ids)))

    async def remove_layers_but(self, layers: Collection[str]) -> int:
        """Keep only some layers."""
        return await self._remove(commands.SOURCES_BUT, kept=sorted(set(layers)))

    async def remove_by_hand(self, keys: Collection[str], ties: Collection[Tie]) -> int:
        """Keep what was written by hand of these no longer."""
        ids = sorted({tie_id(self._collection_id, tie) for tie in ties})

        async def take(transaction: AsyncTransaction) -> int:
            step = _Step(transaction, self._own)
            await step.run(commands.LOCK)
            gone = await _unsaid_by_hand(step, sorted(set(keys)), ids)
            await _tidy(step, gone, [_HAND])
            return gone.number

        return await self._server.write(take)

    async def drop(self) -> int:
        """Keep nothing; whatever is put meanwhile goes too, or stays whole."""
        said, left = 0, True
        while left:
            left = False
            for text in _DROPS:
                while number := await self._drop_some(text):
                    said += number[1]
                    left = True
        await self._server.write(lambda transaction: rows(transaction, commands.DROP_GRAPH, self._own))
        return said

    async def _drop_some(self, text: LiteralString) -> tuple[int, int] | None:
        async def take(transaction: AsyncTransaction) -> tuple[int, int] | None:
            step = _Step(transaction, self._own)
            await step.run(commands.LOCK)
            (row,) = await step.run(text, most=NODES)
            return (row["number"], row["said"]) if row["number"] else None

        return await self._server.write(take)

    async def _keep(self, step: _Step, piece: Piece) -> None:
        await step.run(commands.LOCK)
        sources = list(piece.sources.values())
        if piece.layer == BY_HAND:
            ties = sorted({tie_id(self._collection_id, tie) for _, tie in piece.assertions})
            gone = await _unsaid_by_hand(step, sorted({key for _, key in piece.mentions}), ties)
        else:
            gone = await _unsaid(step, sources)
        if len(piece):
            await _say(step, piece)
        await _tidy(step, gone, sources)

    async def _remove(self, which: LiteralString, **asked: Any) -> int:
        async def take(transaction: AsyncTransaction) -> tuple[int, int]:
            step = _Step(transaction, self._own)
            await step.run(commands.LOCK)
            sources = [row.data() for row in await step.run(which, **asked, most=SOURCES)]
            if not sources:
                return 0, 0
            gone = await _unsaid(step, sources)
            await _tidy(step, gone, sources)
            return len(sources), gone.number

        said = 0
        while True:
            sources, number = await self._server.write(take)
            said += number
            if sources < SOURCES:
                return said


_HAND: Row = {"layer": BY_HAND, "document": BY_HAND, "chunk": BY_HAND, "edition": BY_HAND}


@dataclass(frozen=True, slots=True)
class _Step:
    """One transaction about one collection."""

    transaction: AsyncTransaction
    own: Mapping[str, str]

    async def run(self, text: LiteralString, **told: Any) -> list[Record]:
        return await rows(self.transaction, text, {**self.own, **told})


async def _unsaid(step: _Step, sources: Sequence[Row]) -> Gone:
    gone = Gone()
    gone.mentioned(await step.run(commands.UNMENTION, sources=sources))
    gone.asserted(await step.run(commands.UNASSERT, sources=sources))
    return gone


async def _unsaid_by_hand(step: _Step, keys: Sequence[str], ids: Sequence[str]) -> Gone:
    gone = Gone()
    gone.mentioned(await step.run(commands.UNMENTION_BY_HAND, keys=keys))
    gone.asserted(await step.run(commands.UNASSERT_BY_HAND, ids=ids))
    return gone


async def _say(step: _Step, piece: Piece) -> None:
    mentions, assertions = piece.mention_rows(), piece.assertion_rows()
    leads = _leads(mentions)
    await step.run(commands.SPEAK, sources=piece.speaking())
    await step.run(commands.NAME, things=piece.things())
    if mentions:
        await step.run(commands.TERM, terms=sorted({text for lead in leads for text in lead["terms"]}))
        await step.run(commands.MENTION, mentions=mentions)
        await step.run(commands.LEAD, leads=leads)
    if assertions:
        await step.run(commands.TIE, ties=piece.tie_rows())
        await step.run(commands.ASSERT, assertions=assertions)


async def _tidy(step: _Step, gone: Gone, sources: Sequence[Row]) -> None:
    if gone.ties:
        await step.run(commands.FORGET_TIES, ids=sorted(gone.ties))
    if gone.leads:
        leads = [{"key": key, "terms": sorted(terms)} for key, terms in sorted(gone.leads.items())]
        found = await step.run(commands.MISLEAD, leads=leads)
        await step.run(commands.FORGET_TERMS, terms=[row["text"] for row in found])
        await step.run(commands.UNLINK, keys=sorted(gone.leads))
    if gone.number:
        await step.run(commands.FORGET_SOURCES, sources=sources)
        await step.run(commands.FORGET_THINGS, keys=sorted(gone.ends | gone.leads.keys()))


def _leads(mentions: Sequence[Row]) -> list[Row]:
    terms: dict[str, set[str]] = {}
    for row in mentions:
        terms.setdefault(row["key"], set()).update(row["terms"])
    return [{"key": key, "terms": sorted(texts)} for key, texts in sorted(terms.items())]
