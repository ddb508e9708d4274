"""Knowing, extraction: the formats, each of which knows only itself."""
