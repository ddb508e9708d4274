"""Ground floor: the one way out to addresses that others name, and what may be reached by it."""
