"""Ground floor: who calls, for which tenant, with which permissions."""
