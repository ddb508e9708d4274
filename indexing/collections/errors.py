"""Knowing, collections: what can be wrong with what is asked of a collection."""

from __future__ import annotations

from app.errors import Kind, PlatformError


class GraphNotEnabled(PlatformError):
    """The collection keeps no graph; switch `graph_enabled` on first."""

    code = "GRAPH_NOT_ENABLED"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This collection keeps no graph; switch graph_enabled on first.")


class GraphUnavailable(PlatformError):
    """The platform has no store for graphs at present; what was asked of one waits until it has."""

    code = "GRAPH_UNAVAILABLE"
    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("The platform has no store for graphs yet, so nothing can be extracted into one.")
