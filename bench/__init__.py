"""Measurements: what the gateway adds, beside the same client straight to the backend and beside others."""
