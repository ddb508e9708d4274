"""Knowing: what can go wrong with stores and documents."""

from __future__ import annotations

from app.errors import Kind, PlatformError, Unavailable


class StoreUnavailable(Unavailable):
    """A store of blobs, vectors or graphs does not answer; whoever can wait tries again."""


class UnfitVectors(PlatformError):
    """Vectors do not fit the index they are for: another number of dimensions than it has, or no numbers at all."""

    code = "VECTORS_UNFIT"
    kind = Kind.CONFLICT
