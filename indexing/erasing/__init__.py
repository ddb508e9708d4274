"""Knowing, erasing: what was deleted is taken out of every store, with a receipt from each."""
