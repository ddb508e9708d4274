"""Roof, moving: one collection with its access lists in a file, which another tenant or platform takes in."""
