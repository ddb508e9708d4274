"""Statements for graph stores: small, and of one's own making."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from app.ids import new_id
from indexing.stores.graphs import (
    BY_HAND,
    HAND,
    Assertion,
    GraphScope,
    GraphStore,
    Mention,
    Source,
    Statement,
    Tie,
    Value,
)
from indexing.stores.vectors import DocumentFilter, Index
from indexing.wording.names import key_of

LAYER = "1.1"
EVERY = DocumentFilter(all_except=True, ids=frozenset())


def new_graph(tenant_id: str = "") -> Index:
    """A graph that no other test knows."""
    return Index(tenant_id or new_id("tnt"), new_id("col"), f"Contract_{secrets.token_hex(8)}")


def source(document: str = "doc_1", chunk: str = "chk_1", edition: str = "") -> Source:
    """Who says something; a document has one edition unless another is named."""
    return Source(document, f"{document}.{chunk}", edition or f"edn_{document}")


def named(name: str, *labels: str, aliases: Iterable[str] = (), **properties: Value) -> Mention:
    """Something by its name."""
    return Mention(key_of(name), name, labels, properties, tuple(map(key_of, aliases)))


def tied(tie: str, **properties: Value) -> Assertion:
    """A relation, written `ada KNOWS grace`."""
    return Assertion(tie_of(tie), properties)


def tie_of(tie: str) -> Tie:
    """The same without its properties."""
    start, type_, end = tie.split(" ")
    return Tie(start, type_, end)


def says(who: Source, *facts: Mention | Assertion | str) -> Statement:
    """A statement; a text of one word is a name, one of three is a relation whose ends are mentioned too."""
    mentions: dict[str, Mention] = {}
    assertions = []
    for fact in facts:
        if isinstance(fact, Mention):
            mentions[fact.key] = fact
        elif isinstance(fact, Assertion):
            assertions.append(fact)
        elif " " in fact:
            assertions.append(tied(fact))
        else:
            mentions[fact] = named(fact)
    for assertion in assertions:
        for end in (assertion.tie.source, assertion.tie.target):
            mentions.setdefault(end, named(end))
    return Statement(who, list(mentions.values()), assertions)


def by_hand(*facts: Mention | Assertion | str) -> Statement:
    """What somebody wrote."""
    return says(HAND, *facts)


def scope(*, layer: str = LAYER, without: Iterable[str] = ()) -> GraphScope:
    """All documents of a layer."""
    return GraphScope(layer, EVERY, frozenset(without))


def only(*documents: str, layer: str = LAYER) -> GraphScope:
    """Of a layer, these documents."""
    return GraphScope(layer, DocumentFilter(all_except=False, ids=frozenset(documents)))


def all_but(*documents: str, layer: str = LAYER) -> GraphScope:
    """Of a layer, all but these documents."""
    return GraphScope(layer, DocumentFilter(all_except=True, ids=frozenset(documents)))


async def put(store: GraphStore, graph: Index, *statements: Statement, layer: str = LAYER) -> None:
    """Keep what sources say in a layer, and what somebody wrote in its own."""
    for kept_in in (layer, BY_HAND):
        some = [statement for statement in statements if (statement.source == HAND) == (kept_in == BY_HAND)]
        if some:
            await store.put(graph, kept_in, some)


async def every_tie(store: GraphStore, graph: Index, within: GraphScope) -> list[Tie]:
    """All relations, as they are listed."""
    return [tie async for page in store.every_tie(graph, within) for tie in page]


async def editions(store: GraphStore, graph: Index) -> set[tuple[str, str]]:
    """All editions with their layers."""
    pages: list[Sequence[tuple[str, str]]] = [page async for page in store.edition_ids(graph)]
    return {edition for page in pages for edition in page}
