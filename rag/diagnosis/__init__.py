"""Answering, diagnosis: why an assistant does not do what its author expects, and what to do about it."""
