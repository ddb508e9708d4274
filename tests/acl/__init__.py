"""Allowing, tried."""
