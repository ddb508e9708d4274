"""Knowing, stores: what chunks say of things, in a Neo4j server."""
