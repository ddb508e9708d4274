"""Roof: the history of the database, by Alembic."""
