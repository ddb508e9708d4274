"""Knowing, chunking: from a text to passages that stand in it word for word."""
