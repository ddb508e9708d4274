"""Knowing, stores: chunks in a Weaviate server, each collection in a class of its own."""
