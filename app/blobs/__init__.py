"""Ground floor, blobs: bytes by name."""
