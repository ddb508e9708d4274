"""Knowing, collections: what can change about a collection, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from app.db.transaction import Transaction
from app.errors import ValidationFailed
from indexing.collections.chunking import Cut
from indexing.collections.lifecycle import claim_slug, require_extraction_model
from indexing.collections.tables import Collection

_CUTTING = {"chunking_strategy", "chunk_size", "chunk_overlap"}


@dataclass(frozen=True, slots=True)
class Changed:
    """The fields that are not what they were, and what is to be done about it."""

    fields: tuple[str, ...]
    graph_enabled: bool | None = None  # what it is now, if it was the other before: it is to be read, or dropped
    rechunk_recommended: bool = False


def refuse_other_embedding(collection: Collection, named: str) -> None:
    """Refuse another embedding model: vectors of two models cannot be compared."""
    if named != collection.embedding_model:
        raise ValidationFailed.of(
            "embedding_model",
            f"cannot change, its vectors are those of {collection.embedding_model};"
            f" fork the collection: POST /v1/modules/scaimatrix/collections/{collection.id}/fork",
        )


async def change_collection(transaction: Transaction, collection: Collection, said: Mapping[str, Any]) -> Changed:
    """Give a collection these values, by the names of its columns; who may is asked before."""
    changed = {name: value for name, value in said.items() if getattr(collection, name) != value}
    if not changed:
        return Changed(())
    for name, value in changed.items():
        setattr(collection, name, value)
    changed |= _cut(collection, overlap_chosen="chunk_overlap" in said)
    require_extraction_model(enabled=collection.graph_enabled, model=collection.graph_extraction_model)
    if changed.get("graph_enabled") and not collection.graph_generation:
        collection.graph_generation = 1
    touch(transaction, collection)
    await claim_slug(transaction, collection)
    return Changed(tuple(sorted(changed)), changed.get("graph_enabled"), bool(_CUTTING & set(changed)))


def _cut(collection: Collection, *, overlap_chosen: bool) -> dict[str, Any]:
    """See that a collection can be cut so; says what gave way."""
    cut = Cut(collection.chunking_strategy, collection.chunk_size, collection.chunk_overlap)
    cut = (cut if overlap_chosen else cut.giving_way()).checked()
    if cut.overlap == collection.chunk_overlap:
        return {}
    collection.chunk_overlap = cut.overlap
    return {"chunk_overlap": cut.overlap}


def touch(transaction: Transaction, collection: Collection) -> None:
    """Count a change of a collection that stands in its access list as one of its own too."""
    collection.updated_at = transaction.clock.now()
    flag_modified(collection, "updated_at")  # two changes at one moment are two all the same
