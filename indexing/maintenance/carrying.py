"""Knowing, maintenance: an edition's chunks carried over as they are, where a document cannot be cut anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select

from app.db.tenancy import Reach
from app.db.writer import Writing
from app.ids import reckoned_id
from indexing.editions.building import add_edition, find_edition, new_edition, note_cut
from indexing.editions.chunks import AT_ONCE, add_chunks
from indexing.editions.tables import READY, ChunkRow, Edition
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.editions import Built, build_edition
from indexing.pipeline.steps import Steps
from indexing.pipeline.superseded import take_away
from indexing.pipeline.workshop import Workshop

_KEPT = (
    ChunkRow.document_id,
    ChunkRow.collection_id,
    ChunkRow.chunk_index,
    ChunkRow.content,
    ChunkRow.start,
    ChunkRow.end,
    ChunkRow.page,
    ChunkRow.section,
    ChunkRow.tokens,
    ChunkRow.digest,
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
        # Who has been overtaken meanwhile is told so here: that edition is in the hands of another by now.
        await workshop.writer.write(lambda writing: steps.progress(writing, 0, 0))
        await take_away(workshop, recipe.index, begun.id)  # what was cut of it before that failed
    if begun is None or begun.state != READY:
        at = workshop.transactions.clock.now()
        edition = new_edition(content.tenant_id, content.document_id, content.collection_id, at=at, **made)
        await workshop.writer.write(partial(_begin, steps=steps, edition=edition))
        last: int | None = -1
        while last is not None:
            copying = _Copying(steps, content.tenant_id, edition_id, edition.id, last)
            last = await workshop.writer.write(copying.copy_some)
    return await build_edition(workshop, content, recipe, steps)


def _begin(writing: Writing, steps: Steps, edition: Edition) -> None:
    steps.progress(writing, 0, 0)
    add_edition(writing.on, edition)


@dataclass(frozen=True, slots=True)
class _Copying:
    steps: Steps
    tenant_id: str
    source: str
    target: str
    after: int

    def copy_some(self, writing: Writing) -> int | None:
        """Copy a slice of the chunks; says which was the last, or None if there are no more."""
        self.steps.progress(writing, 0, 0)
        some = select(*_KEPT).where(ChunkRow.edition_id == self.source, ChunkRow.chunk_index > self.after)
        rows = writing.on.execute(some.order_by(ChunkRow.chunk_index).limit(AT_ONCE)).mappings().all()
        add_chunks(writing.on, self.tenant_id, [self._copy(row) for row in rows])
        if len(rows) == AT_ONCE:
            return int(rows[-1]["chunk_index"])
        note_cut(writing.on, self.target, rows[-1]["chunk_index"] + 1 if rows else self.after + 1)
        return None

    def _copy(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        made = reckoned_id("chk", self.target, row["chunk_index"])
        return {**row, "id": made, "edition_id": self.target, "stored": False}
