"""Measuring: numbers that say how good something is."""
