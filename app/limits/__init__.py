"""Ground floor: how often something may happen, counted for all processes together."""
