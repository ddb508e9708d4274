"""Roof, backup: which tables a backup holds: all but those that mean nothing once time has gone by."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Table

from app.migrations.tables import METADATA

LEFT_OUT = {
    "rate_windows": "counts of the present minute",
    "budget_reservations": "what calls under way may still cost; when it is taken back, none of them is",
}


def kept_tables() -> Sequence[Table]:
    """The tables that are backed up, those that others point at before them."""
    return [table for known in METADATA for table in known.sorted_tables if table.name not in LEFT_OUT]


def all_tables() -> Sequence[Table]:
    """Every table of the platform."""
    return [table for known in METADATA for table in known.sorted_tables]
