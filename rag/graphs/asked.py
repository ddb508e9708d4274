"""Answering, graphs: what is asked of a graph, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from indexing.stores.graphs import Direction, Value

__all__ = ["DEEPEST", "Direction", "EdgesAsked", "NodesAsked", "Value", "Walk"]

DEEPEST = 5  # steps of a walk or a path


@dataclass(frozen=True, slots=True)
class NodesAsked:
    """Which things are meant: called one of these labels, named by words that begin so, and described so."""

    labels: frozenset[str] = frozenset()  # any of them, in any case of letters; none: all there are
    name: str = ""
    properties: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EdgesAsked:
    """Which relations are meant: of one thing, or all; of these kinds, or any."""

    node_id: str | None = None
    relation_types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Walk:
    """How far to go from something, over what, and how much to bring."""

    depth: int = 1
    direction: Direction = Direction.BOTH
    relation_types: frozenset[str] = frozenset()  # in any case of letters; none: all
    limit: int = 100  # things, with the one it begins at
