"""Ground floor, inference: the models that ship with the platform and run in its own process."""
