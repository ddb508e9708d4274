"""Knowing, pipeline: how long the vectors of a collection are, settled by the first and kept by all the others."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select, update

from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.inference.errors import UpstreamShapeMismatch
from indexing.collections.tables import Collection
from indexing.pipeline.content import Recipe


async def agreed(transactions: Transactions, recipe: Recipe, dimensions: int) -> Recipe:
    """Take a length for the collection's, unless another document was first with another one."""
    index = recipe.index
    first = update(Collection).where(Collection.id == index.collection_id, Collection.dimensions.is_(None))
    async with transactions.open(Reach.one(index.tenant_id)) as transaction:
        await transaction.session.execute(
            first.values(dimensions=dimensions), execution_options={"synchronize_session": False}
        )
        held = await transaction.session.scalar(
            select(Collection.dimensions).where(Collection.id == index.collection_id)
        )
    if held is not None and held != dimensions:
        said = f"The embedding model gave vectors of {dimensions} numbers; those of the collection have {held}."
        raise UpstreamShapeMismatch(said)
    return replace(recipe, dimensions=dimensions)
