"""Roof: the HTTP door. Signatures, shapes and statuses; no decisions of its own."""
