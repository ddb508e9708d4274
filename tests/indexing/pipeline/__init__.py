"""Knowing, pipeline, tried."""
