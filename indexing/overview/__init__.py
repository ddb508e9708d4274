"""Knowing, overview: collections as each of their callers sees them."""
