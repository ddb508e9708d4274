"""Knowing, extraction: from the bytes of a file to text that remembers where it stood."""
