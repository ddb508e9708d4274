"""Knowing, pipeline: how long the vectors of a collection are, settled by the first and kept by all the others."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select, update

from app.db.writer import Writer, Writing
from app.inference.errors import UpstreamShapeMismatch
from indexing.collections.tables import Collection
from indexing.pipeline.content import Recipe


async def agreed(writer: Writer, recipe: Recipe, dimensions: int) -> Recipe:
    """Take a length for the collection's, unless another document was first with another one."""
    collection_id = recipe.index.collection_id

    def settle(writing: Writing) -> int | None:
        first = update(Collection).where(Collection.id == collection_id, Collection.dimensions.is_(None))
        writing.on.execute(first.values(dimensions=dimensions))
        held: int | None = writing.on.scalar(select(Collection.dimensions).where(Collection.id == collection_id))
        return held

    held = await writer.write(settle)
    if held is not None and held != dimensions:
        said = f"The embedding model gave vectors of {dimensions} numbers; those of the collection have {held}."
        raise UpstreamShapeMismatch(said)
    return replace(recipe, dimensions=dimensions)
