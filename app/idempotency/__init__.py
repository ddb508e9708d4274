"""Ground floor: the answers kept so that a repeated request is not done twice."""
