"""Answering: find what speaks of a question, and let a caller see what of it is theirs to see."""
