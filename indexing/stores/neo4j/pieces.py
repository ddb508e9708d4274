"""Knowing, stores: statements cut into pieces that Neo4j keeps in one transaction each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from indexing.stores.graphs import BY_HAND, Assertion, Mention, Source, Statement, Tie
from indexing.stores.neo4j.terms import terms_of
from indexing.wording.names import edge_id, node_id

ROWS = 2_000  # mentions and assertions of one transaction
Row = Mapping[str, Any]


@dataclass(slots=True)
class Piece:
    """What some sources say: of one source all of it, but of what is by hand as much as there is room for."""

    collection_id: str
    layer: str
    sources: dict[Source, Row] = field(default_factory=dict)
    mentions: dict[tuple[Source, str], Mention] = field(default_factory=dict)
    assertions: dict[tuple[Source, Tie], Assertion] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.mentions) + len(self.assertions)

    def take(self, source: Source, mentions: Iterable[Mention], assertions: Iterable[Assertion]) -> None:
        """Add what a source says."""
        self.sources[source] = source_row(self.layer, source)
        self.mentions |= {(source, mention.key): mention for mention in mentions}
        self.assertions |= {(source, assertion.tie): assertion for assertion in assertions}

    def speaking(self) -> list[Row]:
        """Every source that says anything."""
        return [self.sources[source] for source in {source for source, _ in (*self.mentions, *self.assertions)}]

    def things(self) -> list[Row]:
        """Every key that is mentioned or related, with its id; in order, as whoever locks several should."""
        keys = {key for _, key in self.mentions} | {
            end for _, tie in self.assertions for end in (tie.source, tie.target)
        }
        return [{"key": key, "id": node_id(self.collection_id, key)} for key in sorted(keys)]

    def mention_rows(self) -> list[Row]:
        """Every mention, with what it is found by."""
        return [
            {
                **self.sources[source],
                "key": key,
                "said": said_text(mention),
                "terms": terms_of(mention),
                "aliases": list(mention.aliases),
            }
            for (source, key), mention in self.mentions.items()
        ]

    def tie_rows(self) -> list[Row]:
        """Every relation, once."""
        return [
            {
                "id": tie_id(self.collection_id, tie),
                "source": tie.source,
                "type": tie.type,
                "target": tie.target,
                "kind": tie.type.casefold(),
            }
            for tie in sorted({tie for _, tie in self.assertions})
        ]

    def assertion_rows(self) -> list[Row]:
        """Every assertion."""
        return [
            {
                **self.sources[source],
                "id": tie_id(self.collection_id, tie),
                "properties": json.dumps(dict(assertion.properties)),
            }
            for (source, tie), assertion in self.assertions.items()
        ]


def pieces(collection_id: str, layer: str, statements: Sequence[Statement]) -> Iterator[Piece]:
    """Cut statements; where one source says something twice, the later counts."""
    piece = Piece(collection_id, layer)
    for statement in _parted(statements) if layer == BY_HAND else _latest(statements):
        if len(piece) and len(piece) + len(statement.mentions) + len(statement.assertions) > ROWS:
            yield piece
            piece = Piece(collection_id, layer)
        piece.take(statement.source, statement.mentions, statement.assertions)
    if piece.sources:
        yield piece


def source_row(layer: str, source: Source) -> Row:
    """What a source is found again by."""
    return {
        "layer": layer,
        "document": source.document_id,
        "chunk": source.chunk_id,
        "edition": source.edition_id,
    }


def tie_id(collection_id: str, tie: Tie) -> str:
    """The id of a relation."""
    return edge_id(collection_id, tie.source, tie.type, tie.target)


def said_text(mention: Mention) -> str:
    """All that is said of a thing, but for its key; kinds of values and every letter are kept.

    `questions.THINGS_TALLIED` reads the labels out of it, so they stand where they stand.
    """
    return json.dumps(
        {
            "name": mention.name,
            "labels": list(mention.labels),
            "properties": dict(mention.properties),
            "aliases": list(mention.aliases),
        }
    )


def _latest(statements: Iterable[Statement]) -> Iterable[Statement]:
    return {statement.source: statement for statement in statements}.values()


def _parted(statements: Iterable[Statement]) -> Iterator[Statement]:
    """What is by hand adds up, so any part of it may be kept before the rest: things first, what ties them after."""
    for statement in statements:
        for start in range(0, len(statement.mentions), ROWS):
            yield Statement(statement.source, statement.mentions[start : start + ROWS])
        for start in range(0, len(statement.assertions), ROWS):
            yield Statement(statement.source, (), statement.assertions[start : start + ROWS])
