"""Passages for vector stores: small, and of one's own making."""

from __future__ import annotations

import math
import secrets

import numpy as np
from numpy.typing import NDArray

from app.ids import new_id
from indexing.stores.vectors import DocumentFilter, Entry, Hit, Index, Scope

DIMENSIONS = 8
NORTH, EAST = 0.0, math.pi / 2


def new_index(tenant_id: str = "") -> Index:
    """An index that no other test knows."""
    return Index(tenant_id or new_id("tnt"), new_id("col"), f"Contract_{secrets.token_hex(8)}")


def toward(angle: float, *, length: float = 1) -> NDArray[np.float32]:
    """A vector whose cosine with another one is that of the angle between them."""
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    vector[0], vector[1] = length * math.cos(angle), length * math.sin(angle)
    return vector


def passage(document_id: str = "", text: str = "", angle: float = NORTH, generation: int = 1) -> Entry:
    """One chunk with an id of its own."""
    return Entry(new_id("chk"), document_id or new_id("doc"), generation, text, toward(angle))


def only(*ids: str, limit: int = 10) -> Scope:
    """Of the first generation, these documents."""
    return Scope(1, DocumentFilter(all_except=False, ids=frozenset(ids)), limit)


def without(*ids: str, limit: int = 10) -> Scope:
    """Of the first generation, all but these documents."""
    return Scope(1, DocumentFilter(all_except=True, ids=frozenset(ids)), limit)


def strangers(number: int) -> list[str]:
    """Ids of documents that nothing is kept of."""
    return [new_id("doc") for _ in range(number)]


def chunks(hits: list[Hit]) -> list[str]:
    """What was found, in order."""
    return [hit.chunk_id for hit in hits]


def ids(*entries: Entry) -> list[str]:
    """The ids of these."""
    return [entry.chunk_id for entry in entries]
