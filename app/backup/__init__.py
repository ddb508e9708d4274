"""Roof, backup: everything the platform knows, in one file that any database and any store can be filled from."""
