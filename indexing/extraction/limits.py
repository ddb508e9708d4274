"""Knowing, extraction: how much one file may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that reading one file may take; more ends with an error of that file."""

    seconds: float = 120.0  # by the clock, and of processor time
    memory_bytes: int = 1024 * 2**20  # beyond what the reading process needs for itself
    characters: int = 20_000_000
    pages: int = 10_000  # slides, sheets and chapters are counted as pages
    cells: int = 2_000_000
    unpacked_bytes: int = 512 * 2**20  # of all that a zipped file holds together
