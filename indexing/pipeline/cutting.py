"""Knowing, pipeline: a text cut into the rows of an edition's chunks, window by window and slice by slice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.db.tenancy import Reach
from app.db.writer import Writing
from indexing.chunking.chunk import Chunk
from indexing.chunking.strategies import chunk_text
from indexing.editions import chunks as rows_of_chunks
from indexing.editions.building import add_edition, note_cut
from indexing.editions.chunks import Passage
from indexing.editions.tables import Edition
from indexing.extraction.errors import FileHasNoText
from indexing.extraction.text import ExtractedText
from indexing.pipeline.content import Recipe
from indexing.pipeline.faults import Point, reached
from indexing.pipeline.metered import MeteredModel
from indexing.pipeline.steps import Steps
from indexing.pipeline.windows import windows
from indexing.pipeline.workshop import Workshop

_MADE_IN_A_MOMENT = 32  # rows: to have a thread make so few takes longer than to make them


@dataclass(frozen=True, slots=True)
class Cut:
    """How many chunks there are, and what embedding needs of them where they are few enough to be held."""

    count: int
    passages: Sequence[Passage] | None


@dataclass(frozen=True, slots=True)
class Cutting:
    """Cuts for one edition. Killed half-way, it is done anew: it costs no model anything worth keeping."""

    workshop: Workshop
    recipe: Recipe
    model: MeteredModel
    steps: Steps

    async def cut(self, edition: Edition, text: ExtractedText, *, begun: bool) -> Cut:
        """Give the edition its chunks; one that was not begun before gets its row with the first of them."""
        if begun:
            await self._clear(edition)
        waiting: list[dict[str, Any]] = []
        count = 0
        for offset, window in windows(text):
            cut = await self._chunks(window)
            if len(cut) <= _MADE_IN_A_MOMENT:
                waiting += _rows(edition, cut, count, offset)
            else:
                waiting += await asyncio.to_thread(_rows, edition, cut, count, offset)
            count += len(cut)
            while len(waiting) > rows_of_chunks.AT_ONCE:
                await self._keep(edition, waiting[: rows_of_chunks.AT_ONCE], begun=begun)
                del waiting[: rows_of_chunks.AT_ONCE]
                begun = True
        if not count:
            raise FileHasNoText("No text was found in it.")
        await self._keep(edition, waiting, begun=begun, count=count)
        reached(Point.CUT_NOTED)
        return Cut(count, [rows_of_chunks.passage_of(row) for row in waiting] if len(waiting) == count else None)

    async def _chunks(self, window: ExtractedText) -> list[Chunk]:
        size, overlap = self.recipe.chunk_size, self.recipe.overlap
        counter = await self.model.counter()
        return await chunk_text(window, self.recipe.strategy, size, overlap, counter, embed=self.model.embed)

    async def _keep(self, edition: Edition, rows: Sequence[dict[str, Any]], *, begun: bool, count: int = 0) -> None:
        """Keep a slice; the last one says how many there are, and so that the edition is cut."""

        def keep(writing: Writing) -> None:
            if count:
                self.steps.embedding(writing, 0, count)
            else:
                self.steps.progress(writing, 0, 0)
            if not begun:
                add_edition(writing.on, edition, chunk_count=count)
            rows_of_chunks.add_chunks(writing.on, edition.tenant_id, rows)
            if count and begun:
                note_cut(writing.on, edition.id, count)

        await self.workshop.writer.write(keep)
        reached(Point.CUT)

    async def _clear(self, edition: Edition) -> None:
        """Take away what was left of a cutting that did not come to its end."""
        transactions, reach = self.workshop.transactions, Reach.one(edition.tenant_id)
        while True:
            async with transactions.open(reach, writes=False) as transaction:
                left = await rows_of_chunks.some_chunk_ids(transaction.session, edition.id)
            if not left:
                return
            async with transactions.open(reach) as transaction:
                await transaction.write(lambda writing: self.steps.progress(writing, 0, 0))
                await rows_of_chunks.remove_chunks(transaction.session, left)


def _rows(edition: Edition, cut: Sequence[Chunk], before: int, offset: int) -> list[dict[str, Any]]:
    if before or offset:
        cut = [
            replace(chunk, index=before + chunk.index, start=offset + chunk.start, end=offset + chunk.end)
            for chunk in cut
        ]
    return [rows_of_chunks.row_of(edition, chunk) for chunk in cut]
