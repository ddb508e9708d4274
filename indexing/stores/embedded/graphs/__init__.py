"""Knowing, stores: graphs in a folder, one file for each collection."""
