"""Knowing: what can go wrong with stores and documents."""

from __future__ import annotations

from app.errors import Unavailable


class StoreUnavailable(Unavailable):
    """A store of blobs, vectors or graphs does not answer; whoever can wait tries again."""
