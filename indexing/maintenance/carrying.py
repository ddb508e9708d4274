"""Knowing, maintenance: an edition's chunks carried over as they are, where a document cannot be cut anew."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.db.tenancy import Reach
from app.ids import reckoned_id
from indexing.editions.building import find_edition, new_edition, note_cut
from indexing.editions.chunks import AT_ONCE, add_chunks
from indexing.editions.tables import READY, ChunkRow
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.editions import Built, build_edition
from indexing.pipeline.steps import Steps
from indexing.pipeline.superseded import take_away
from indexing.pipeline.workshop import Workshop

_KEPT = (
    "document_id",
    "collection_id",
    "chunk_index",
    "content",
    "start",
    "end",
    "page",
    "section",
    "tokens",
    "digest",
)


async def carry_over(workshop: Workshop, content: Content, recipe: Recipe, steps: Steps, *, edition_id: str) -> Built:
    """Build the edition of a content in the recipe's generation out of the one that answers, chunk by chunk.

    Its vectors are those that the store holds; only what the store has lost is embedded again.
    """
    reach = Reach.one(content.tenant_id)
    made = {"generation": recipe.generation, "content_version": content.version}
    async with workshop.transactions.open(reach, writes=False) as transaction:
        begun = await find_edition(transaction.session, content.document_id, **made)
    if begun is not None and begun.state != READY:
        await take_away(workshop, recipe.index, begun.id)  # what was cut of it before that failed
    if begun is None or begun.state != READY:
        async with workshop.transactions.open(reach) as transaction:
            await steps.progress(transaction, 0, 0)
            at = transaction.clock.now()
            edition = new_edition(content.tenant_id, content.document_id, content.collection_id, at=at, **made)
            transaction.session.add(edition)
        await _copy_chunks(workshop, reach, (edition_id, edition.id), steps)
    return await build_edition(workshop, content, recipe, steps)


async def _copy_chunks(workshop: Workshop, reach: Reach, from_to: tuple[str, str], steps: Steps) -> None:
    source, target = from_to
    count, last = 0, -1
    while True:
        async with workshop.transactions.open(reach) as transaction:
            await steps.progress(transaction, 0, 0)
            some = select(ChunkRow).where(ChunkRow.edition_id == source, ChunkRow.chunk_index > last)
            rows = (await transaction.session.scalars(some.order_by(ChunkRow.chunk_index).limit(AT_ONCE))).all()
            await add_chunks(transaction.session, [_copy(row, target) for row in rows])
            count += len(rows)
            if len(rows) < AT_ONCE:
                await note_cut(transaction.session, target, count)
                return
        last = rows[-1].chunk_index


def _copy(row: ChunkRow, target: str) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in _KEPT}
    return {**kept, "id": reckoned_id("chk", target, row.chunk_index), "edition_id": target, "stored": False}
