"""Knowing, stores: reading what sources say of things out of Neo4j."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, LiteralString

from neo4j import Record

from indexing.stores.graphs import (
    MOST_EVIDENCE,
    Assertion,
    Beside,
    Degrees,
    Direction,
    GraphScope,
    Held,
    Mention,
    Said,
    Size,
    Source,
    ThingTally,
    Tie,
    TieTally,
    Wanted,
    Worth,
)
from indexing.stores.neo4j import questions
from indexing.stores.neo4j.client import Server
from indexing.stores.neo4j.terms import alias_term, fact_term, label_term, word_term
from indexing.stores.tallying import Called, tallied
from indexing.stores.vectors import Index
from indexing.wording.names import edge_id

_ALL = 2**31 - 1  # as many as a list may have
PAGE = 2_000  # things, ties or editions that are read at once


class Asking:
    """Questions about one collection."""

    def __init__(self, server: Server, graph: Index) -> None:
        self._server = server
        self._graph = graph
        self._own = {"tenant": graph.tenant_id, "collection": graph.collection_id}

    async def linked(self, keys: Collection[str]) -> list[tuple[str, str]]:
        """Pairs noted as the same."""
        found = await self._read(questions.LINKED, keys=sorted(set(keys)))
        return sorted({_pair(row["key"], row["other"]) for row in found})

    async def keys(self, node_ids: Collection[str]) -> dict[str, str]:
        """Keys by the ids of things."""
        return {row["id"]: row["key"] for row in await self._read(questions.KEYS, ids=sorted(set(node_ids)))}

    async def ties_of(self, edge_ids: Collection[str]) -> dict[str, Tie]:
        """Ties by the ids of relations."""
        return {row["id"]: _tie(row) for row in await self._read(questions.TIES_OF, ids=sorted(set(edge_ids)))}

    async def present(self, keys: Collection[str], scope: GraphScope) -> set[str]:
        """Those that are mentioned."""
        return {row["key"] for row in await self._read(questions.PRESENT, scope, keys=sorted(set(keys)))}

    async def said(self, keys: Collection[str], scope: GraphScope) -> list[Said]:
        """What is said of things."""
        found = await self._read(questions.SAID, scope, keys=sorted(set(keys)), most=MOST_EVIDENCE)
        said = [Said(_source(row), _mention(row["key"], row["said"])) for row in found]
        return sorted(said, key=lambda each: (each.mention.key, each.source))

    async def labels(self, keys: Collection[str], scope: GraphScope) -> dict[str, dict[str, int]]:
        """What things are called, of which a source says all in one."""
        counts: dict[str, Counter[str]] = {}
        for row in await self._read(questions.SAID, scope, keys=sorted(set(keys)), most=MOST_EVIDENCE):
            counts.setdefault(row["key"], Counter()).update(json.loads(row["said"])["labels"])
        return {key: dict(count) for key, count in sorted(counts.items())}

    async def ties(self, keys: Collection[str], scope: GraphScope, types: frozenset[str]) -> list[Tie]:
        """Relations of things."""
        kinds = sorted({type_.casefold() for type_ in types})
        return sorted(map(_tie, await self._read(questions.TIES, scope, keys=sorted(set(keys)), kinds=kinds)))

    async def beside(self, keys: Collection[str], scope: GraphScope, direction: Direction, most: int | None) -> Beside:
        """What relations lead to."""
        own, alone, others = sorted(set(keys)), set[str](), set[str]()
        for text, asked in ((questions.LED_TO, Direction.OUT), (questions.LED_FROM, Direction.IN)):
            if direction in {asked, Direction.BOTH}:
                (found,) = await self._read(text, scope, keys=own, most=_ALL if most is None else most)
                alone.update(found["alone"])
                others.update(found["others"])
        return Beside(tuple(sorted(alone)[:most]), tuple(sorted(others)))

    async def between(self, keys: Collection[str], scope: GraphScope) -> list[Tie]:
        """Relations between things."""
        return sorted(map(_tie, await self._read(questions.BETWEEN, scope, keys=sorted(set(keys)))))

    async def degrees(self, keys: Collection[str], scope: GraphScope) -> Degrees:
        """How many relations things have."""
        found = await self._read(questions.DEGREES, scope, keys=sorted(set(keys)))
        counted = {row["key"]: row["number"] for row in found if row["number"]}
        listed = sorted((row["key"], Tie(*tie)) for row in found for tie in row["listed"])
        return Degrees(counted, tuple(listed))

    async def held(self, ties: Collection[Tie], scope: GraphScope) -> list[Held]:
        """What is asserted of relations."""
        ids = sorted({edge_id(self._graph.collection_id, tie.source, tie.type, tie.target) for tie in ties})
        found = await self._read(questions.HELD, scope, ids=ids, most=MOST_EVIDENCE)
        held = [Held(_source(row), Assertion(_tie(row), json.loads(row["properties"]))) for row in found]
        return sorted(held, key=lambda each: (each.assertion.tie, each.source))

    async def find(self, wanted: Wanted, scope: GraphScope, after: str, limit: int) -> list[str]:
        """Things that are told of so: led to by the longest word, a property or a label, whichever there is."""
        words = sorted({word_term(word) for word in wanted.words}, key=len)
        facts = sorted(fact_term(name, value) for name, value in wanted.properties.items())
        labels = sorted({label_term(label) for label in wanted.labels})
        asked = {"words": words, "facts": facts, "labels": labels, "after": after, "limit": limit}
        if words:
            found = await self._read(questions.FIND_BY_WORD, scope, first=words[-1], **asked)
        elif facts or labels:
            found = await self._read(questions.FIND_BY_TERM, scope, first=facts[:1] or labels, **asked)
        else:
            found = await self._read(questions.FIND, scope, **asked)
        return [row["key"] for row in found]

    async def aliases(self, keys: Collection[str], scope: GraphScope) -> list[tuple[str, str]]:
        """Pairs that are said to be the same."""
        own = sorted(set(keys))
        wanted = [{"key": key, "term": alias_term(key)} for key in own]
        found = await self._read(questions.ALIASES_OF, scope, keys=own)
        found += await self._read(questions.ALIASED, scope, wanted=wanted)
        return sorted({_pair(row["key"], row["other"]) for row in found if row["key"] != row["other"]})

    async def spoken_of(self, chunk_ids: Collection[str], scope: GraphScope) -> dict[str, list[str]]:
        """What chunks mention."""
        said: dict[str, list[str]] = {}
        for row in await self._read(questions.SPOKEN_OF, scope, chunks=sorted(set(chunk_ids))):
            said.setdefault(row["chunk"], []).append(row["key"])
        return {chunk_id: sorted(keys) for chunk_id, keys in sorted(said.items())}

    async def speakers(self, worth: Sequence[Worth], scope: GraphScope, limit: int) -> list[Source]:
        """Who speaks most of something."""
        told = [{"key": one.key, "about": one.about, "worth": one.worth} for one in worth]
        return [_source(row) for row in await self._read(questions.SPEAKERS, scope, worth=told, limit=limit)]

    async def every_tie(self, scope: GraphScope) -> AsyncIterator[Sequence[Tie]]:
        """All relations, by what they go from."""
        after = ""
        while found := await self._read(questions.TIES_FROM, scope, after=after, page=PAGE):
            after = max(row["source"] for row in found)
            ties = sorted(_tie(row) for row in found if row["type"] is not None)
            for start in range(0, len(ties), PAGE):
                yield ties[start : start + PAGE]

    async def tally_things(self, scope: GraphScope) -> AsyncIterator[ThingTally]:
        """All things, counted where they stand alone."""
        after = ""
        while found := await self._read(questions.THINGS_TALLIED, scope, after=after, page=PAGE):
            after = max(row["key"] for row in found)
            yield tallied(Called(row["key"], row["alone"], row["sources"], _lists(row["labels"])) for row in found)

    async def tally_ties(self, scope: GraphScope) -> AsyncIterator[TieTally]:
        """All relations, by what they go from, counted where both their ends stand alone."""
        after = ""
        while last := (await self._read(questions.LAST_OF_PAGE, after=after, page=PAGE))[0]["last"]:
            found = await self._read(questions.TIES_TALLIED, scope, after=after, last=last)
            listed = sorted(Tie(*tie) for row in found for tie in row["listed"])
            yield TieTally({row["type"]: row["number"] for row in found if row["number"]}, tuple(listed))
            after = last

    async def size(self, layer: str) -> Size:
        """How much a layer has."""
        (nodes,) = await self._read(questions.NODES, layer=layer)
        (edges,) = await self._read(questions.EDGES, layer=layer)
        return Size(nodes["number"], edges["number"])

    async def edition_ids(self) -> AsyncIterator[Sequence[tuple[str, str]]]:
        """All editions with their layers."""
        after = ""
        while found := await self._read(questions.EDITIONS, after=after, page=PAGE):
            after = max(row["edition"] for row in found)
            yield [(row["edition"], layer) for row in found for layer in row["layers"]]

    async def nothing(self) -> None:
        """Be answered."""
        await self._read(questions.NOTHING)

    async def _read(self, text: LiteralString, scope: GraphScope | None = None, **asked: Any) -> list[Record]:
        return await self._server.read(text, {**self._own, **(_scope(scope) if scope else {}), **asked})


def _scope(scope: GraphScope) -> Mapping[str, object]:
    return {
        "layer": scope.layer,
        "without": sorted(scope.without),
        "documents": sorted(scope.documents.ids),
        "all_except": scope.documents.all_except,
        "by_hand": scope.by_hand,
    }


def _mention(key: str, said: str) -> Mention:
    kept = json.loads(said)
    return Mention(key, kept["name"], tuple(kept["labels"]), kept["properties"], tuple(kept["aliases"]))


def _lists(texts: Sequence[str]) -> list[list[str]]:
    return [json.loads(text) for text in texts]


def _source(row: Record) -> Source:
    return Source(row["document"], row["chunk"], row["edition"])


def _tie(row: Record) -> Tie:
    return Tie(row["source"], row["type"], row["target"])


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
