"""Forks: the same documents for the same people, and nothing more for whoever makes one."""
