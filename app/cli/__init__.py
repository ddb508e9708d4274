"""Roof: the command line."""
