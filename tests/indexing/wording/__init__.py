"""Knowing, wording, tried."""
