"""Knowing, forking: another collection of the same documents for the same people, embedded by another model."""
