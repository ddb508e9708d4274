"""Knowing, erasing, tried."""
