"""Allowing: who may see what, and why."""
