"""Knowing, stores: those that need no server."""
