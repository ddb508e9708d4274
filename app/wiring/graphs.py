"""Roof, wiring: where graphs are kept, by what the settings name."""

from __future__ import annotations

from app.settings import Settings
from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from indexing.stores.graphs import GraphStore
from indexing.stores.neo4j.address import Address
from indexing.stores.neo4j.store import Neo4jGraphs


def graph_store(settings: Settings) -> GraphStore:
    """The graph store of one process; a Neo4j that is away keeps nothing from starting."""
    if settings.neo4j_url:
        password = settings.neo4j_password.get_secret_value()
        return Neo4jGraphs(Address.of(settings.neo4j_url, settings.neo4j_user, password))
    return EmbeddedGraphs(settings.home / "graphs")
