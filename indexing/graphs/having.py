"""Knowing, graphs: whether a graph store may hold anything of a collection; only then is it asked."""

from __future__ import annotations

from indexing.collections.tables import Collection


def has_graph(collection: Collection) -> bool:
    """Whether a collection has a graph or ever had one: what came late may still be in the store."""
    return collection.graph_enabled or collection.graph_generation > 0
