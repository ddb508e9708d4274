"""Knowing, graphs: a graph store that is away, told from other stores by those who wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from indexing.errors import GraphStoreUnavailable, StoreUnavailable


@contextmanager
def asking_graphs() -> Iterator[None]:
    """Say of a store that does not answer within the block that it is the one of graphs."""
    try:
        yield
    except GraphStoreUnavailable:
        raise
    except StoreUnavailable as error:
        raise GraphStoreUnavailable(error.message) from error
