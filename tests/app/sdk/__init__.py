"""Roof, SDK, tried."""
