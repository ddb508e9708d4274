"""Answering, sources: the places an assistant reads, each searched as whoever asks."""
