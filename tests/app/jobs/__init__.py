"""Asking for work, and who does it."""
