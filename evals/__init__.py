"""Measuring: whether answers are good, for each kind of reader."""
