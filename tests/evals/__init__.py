"""Measuring, tried."""
