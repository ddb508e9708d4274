"""Answering, graphs: what comes of asking one, as values; everything in them has passed the chokepoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from acl.visible import Visible
from rag.graphs.facts import EdgeSeen, NodeSeen
from rag.retrieval.passages import Passage


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """Things and relations, in the order that was asked for."""

    nodes: Sequence[Visible[NodeSeen]] = ()
    edges: Sequence[Visible[EdgeSeen]] = ()
    available: bool = True  # false: the store is away, and this says nothing
    truncated: bool = False  # there is more than was brought
    next_after: str | None = None  # where a list goes on; made of names its reader sees


@dataclass(frozen=True, slots=True)
class PathSeen:
    """One way from something to something else: the relation at a place leads to the thing after it, or from it."""

    nodes: Sequence[Visible[NodeSeen]]
    edges: Sequence[Visible[EdgeSeen]]


@dataclass(frozen=True, slots=True)
class PathsAnswer:
    """Ways between two things, the shortest first."""

    paths: Sequence[PathSeen] = ()
    available: bool = True
    truncated: bool = False  # there may be more: not everything could be looked at


@dataclass(frozen=True, slots=True)
class ContextAnswer:
    """What a graph knows around a question, and the passages that say it."""

    nodes: Sequence[Visible[NodeSeen]] = ()
    edges: Sequence[Visible[EdgeSeen]] = ()
    passages: Sequence[Visible[Passage]] = ()
    available: bool = True


@dataclass(frozen=True, slots=True)
class GraphStats:
    """How much of a graph a caller sees; to the chokepoint it is a fact about its collection.

    Of which documents it was counted was decided before; it is thrown away if that is no longer true at its end.
    """

    collection_id: str
    nodes: int = 0
    edges: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)  # things by label, the most frequent first
    relation_types: Mapping[str, int] = field(default_factory=dict)
    available: bool = True
    document_ids: frozenset[str] = frozenset()
    is_manual: bool = True

    def supported_by(self, document_ids: frozenset[str], *, by_hand: bool) -> GraphStats:
        """The same, for who may read the collection."""
        return self
