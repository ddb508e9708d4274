"""Measuring, judging: what a model says of answers; wherever it is shown, it is shown as an opinion."""
