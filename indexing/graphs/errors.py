"""Knowing, graphs: what can be wrong with what is written in one."""

from __future__ import annotations

from app.errors import Kind, PlatformError


class GraphFull(PlatformError):
    """More would be written by hand than `graph_max_nodes` or `graph_max_edges` of the collection allow."""

    code = "GRAPH_FULL"
    kind = Kind.CONFLICT

    def __init__(self, nodes: int, edges: int) -> None:
        super().__init__(f"At most {nodes} nodes and {edges} edges of this graph may be by hand.")


class GraphFactExists(PlatformError):
    """Somebody wrote the same node, edge or view before; change that one."""

    code = "GRAPH_FACT_EXISTS"
    kind = Kind.CONFLICT

    def __init__(self, what: str) -> None:
        super().__init__(f"Somebody wrote this {what} before; change that one.")


class NotToldYet(Exception):
    """The store has not been told yet of what is to be written over; once it has been, that can be."""
