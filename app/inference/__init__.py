"""Ground floor: the only door to language and embedding models."""
