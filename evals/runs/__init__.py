"""Measuring, runs: a set put to an assistant, reader by reader, and what its answers are worth."""
