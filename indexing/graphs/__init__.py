"""Knowing, graphs: what chunks say of things and their relations, read out of their texts."""
