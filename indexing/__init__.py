"""Knowing: everything that fills the stores."""
