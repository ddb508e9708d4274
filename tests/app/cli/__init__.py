"""Roof, command line, tried."""
