"""Runs of sets, and what their answers are worth."""
