"""Knowing, wording: texts as the words they are found by."""
