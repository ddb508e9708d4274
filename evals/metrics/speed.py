"""Measuring: how long answers take; pure."""

from __future__ import annotations

from collections.abc import Sequence


def percentile(numbers: Sequence[float], share: float) -> float | None:
    """The number below which a share of them lies, between two where it falls between them; None of none."""
    if not numbers:
        return None
    ordered = sorted(numbers)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
