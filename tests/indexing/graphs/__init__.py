"""Knowing, graphs, tried."""
