"""Knowing, documents: what is kept of each file, from its arrival to its erasure."""
