"""Answering: search, personas and chat over what a caller may read."""
