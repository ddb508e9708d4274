"""Knowing, chunking, tried."""
