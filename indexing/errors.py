"""Knowing: what can go wrong with stores and documents."""

from __future__ import annotations

from app.errors import Kind, PlatformError, Unavailable
from app.inference.errors import BackendError


class StoreUnavailable(Unavailable):
    """A store of blobs, vectors or graphs does not answer; whoever can wait tries again."""


class GraphStoreUnavailable(StoreUnavailable):
    """The store of graphs does not answer; all that is not asked of a graph goes on without it."""


class GraphModelAway(BackendError):
    """The model that reads a graph out of texts does not answer, or is not there; whoever can wait tries again."""


class UnfitVectors(PlatformError):
    """Vectors do not fit the index they are for: another number of dimensions than it has, or no numbers at all."""

    code = "VECTORS_UNFIT"
    kind = Kind.CONFLICT
