"""Knowing, collections: what documents are kept in, and how they are cut and indexed there."""
