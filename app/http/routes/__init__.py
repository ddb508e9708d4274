"""Roof, HTTP: one file per resource, signatures and one call each."""
