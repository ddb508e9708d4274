"""Roof: a small organisation that shows what permissions do."""
