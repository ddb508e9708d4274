"""Knowing, documents, tried."""
