"""Ground floor, exchange: a caller's token for one that another application takes, on their behalf."""
