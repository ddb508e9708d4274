"""Ground floor: databases, sessions that cannot forget their tenant, transactions."""
