"""Knowing, reconciling, tried."""
