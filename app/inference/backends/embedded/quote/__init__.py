"""Ground floor, inference: the built-in answerer, which says nothing but sentences of the passages it was given."""
