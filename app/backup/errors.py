"""Roof, backup: why a backup was not taken, or not taken back."""

from __future__ import annotations

from app.errors import CannotStart


class BackupRefused(CannotStart):
    """It cannot be done as things are; the message says what to change, and nothing was changed."""


class ArchiveDamaged(BackupRefused):
    """The file is no backup of ours, or not all of it, or not as it was written."""
