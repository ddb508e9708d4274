"""Ground floor: logs, metrics and traces."""
