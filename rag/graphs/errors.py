"""Answering, graphs: what can go wrong with looking at one."""

from __future__ import annotations

from app.errors import NotFound


class NodeNotFound(NotFound):
    """There is no such thing in what the caller sees of the graph."""

    code = "NODE_NOT_FOUND"


class EdgeNotFound(NotFound):
    """There is no such relation in what the caller sees of the graph."""

    code = "EDGE_NOT_FOUND"
