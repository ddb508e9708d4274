"""Ground floor: what we tell others, signed and retried."""
