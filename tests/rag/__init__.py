"""Answering, tried."""
