"""Ground floor, inference: one driver per protocol a model may speak."""
