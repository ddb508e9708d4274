"""Ground floor: what was done and what was refused, append-only and chained."""
