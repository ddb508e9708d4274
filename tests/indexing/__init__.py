"""Knowing, tried."""
