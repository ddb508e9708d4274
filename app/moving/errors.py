"""Roof, moving: why a collection was not written down, or not taken in."""

from __future__ import annotations

from app.backup.errors import BackupRefused


class MoveRefused(BackupRefused):
    """It cannot be done as things are; the message says what to change, and nothing was changed."""
