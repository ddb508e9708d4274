"""Answering, graphs: things and relations as one caller sees them, made of nothing but what readable sources say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from indexing.stores.graphs import MOST_EVIDENCE, Held, Said, Source, Value
from indexing.wording.names import edge_id, node_id
from rag.graphs.composing import Voice, agreed, is_by_hand, labels_of, properties_of


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """A thing, under all the names that are known to be the same."""

    collection_id: str
    id: str
    name: str
    labels: tuple[str, ...]
    properties: Mapping[str, Value]
    degree: int  # how many relations of it are seen
    documents: tuple[str, ...]  # that speak of it, the first of them
    chunks: tuple[str, ...]
    evidence: tuple[Said, ...]

    @property
    def document_ids(self) -> frozenset[str]:
        """The documents that support it."""
        return _documents(said.source for said in self.evidence)

    @property
    def is_manual(self) -> bool:
        """Whether somebody wrote it by hand."""
        return any(is_by_hand(said.source) for said in self.evidence)

    def supported_by(self, document_ids: frozenset[str], *, by_hand: bool) -> NodeSeen:
        """The same with what these documents say alone; how many relations that leaves it is not known any more."""
        left = [said for said in self.evidence if _is_left(said.source, document_ids, by_hand=by_hand)]
        return self if len(left) == len(self.evidence) else node_seen(self.collection_id, left, degree=0)


@dataclass(frozen=True, slots=True)
class EdgeSeen:
    """A relation between two things."""

    collection_id: str
    id: str
    source_id: str
    target_id: str
    type: str
    properties: Mapping[str, Value]
    documents: tuple[str, ...]
    chunks: tuple[str, ...]
    evidence: tuple[Held, ...]

    @property
    def document_ids(self) -> frozenset[str]:
        """The documents that support it."""
        return _documents(held.source for held in self.evidence)

    @property
    def is_manual(self) -> bool:
        """Whether somebody wrote it by hand."""
        return any(is_by_hand(held.source) for held in self.evidence)

    def supported_by(self, document_ids: frozenset[str], *, by_hand: bool) -> EdgeSeen:
        """The same with what these documents say alone."""
        left = [held for held in self.evidence if _is_left(held.source, document_ids, by_hand=by_hand)]
        if len(left) == len(self.evidence):
            return self
        return edge_seen(self.collection_id, (self.source_id, self.target_id), left)


Seen = NodeSeen | EdgeSeen


def node_seen(collection_id: str, evidence: Iterable[Said], *, degree: int) -> NodeSeen:
    """A thing, out of all that is said of it under one name or several; somebody says something."""
    said = tuple(sorted(evidence, key=lambda one: (one.source.order, one.mention.key)))
    sources = [one.source for one in said]
    return NodeSeen(
        collection_id=collection_id,
        id=node_id(collection_id, min(one.mention.key for one in said)),
        name=str(agreed((one.source, one.mention.name) for one in said)),
        labels=labels_of(label for one in said for label in one.mention.labels),
        properties=properties_of([Voice(one.source, one.mention.properties) for one in said]),
        degree=degree,
        documents=_first(source.document_id for source in sources),
        chunks=_first(source.chunk_id for source in sources),
        evidence=said,
    )


def edge_seen(collection_id: str, ends: tuple[str, str], evidence: Iterable[Held]) -> EdgeSeen:
    """A relation between the things with these ids, out of all that is said of it; somebody says something."""
    held = tuple(sorted(evidence, key=lambda one: (one.source.order, one.assertion.tie)))
    tie = min(one.assertion.tie for one in held)
    return EdgeSeen(
        collection_id=collection_id,
        id=edge_id(collection_id, tie.source, tie.type, tie.target),
        source_id=ends[0],
        target_id=ends[1],
        type=tie.type,
        properties=properties_of([Voice(one.source, one.assertion.properties) for one in held]),
        documents=_first(one.source.document_id for one in held),
        chunks=_first(one.source.chunk_id for one in held),
        evidence=held,
    )


def is_whole(before: Seen, after: Seen) -> bool:
    """Whether nothing was taken from a fact."""
    return len(before.evidence) == len(after.evidence)


def _documents(sources: Iterable[Source]) -> frozenset[str]:
    return frozenset(source.document_id for source in sources if not is_by_hand(source))


def _first(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({id_ for id_ in ids if id_})[:MOST_EVIDENCE])


def _is_left(source: Source, document_ids: frozenset[str], *, by_hand: bool) -> bool:
    return by_hand if is_by_hand(source) else source.document_id in document_ids


def by_key(all_said: Sequence[Said]) -> dict[str, list[Said]]:
    """What is said, by the key it is said of."""
    found: dict[str, list[Said]] = {}
    for said in all_said:
        found.setdefault(said.mention.key, []).append(said)
    return found
