"""Many people do things to the same documents at the same time."""
