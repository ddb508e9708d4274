"""Knowing, graphs: the name of one reading of one cut of a collection's texts."""

from __future__ import annotations


def layer_of(generation: int, graph_generation: int) -> str:
    """The layer of a graph store in which an extraction keeps what the chunks of a generation say."""
    return f"{generation}.{graph_generation}"
