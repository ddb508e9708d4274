"""Knowing, stores: where vectors and graphs are kept."""
