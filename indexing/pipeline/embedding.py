"""Knowing, pipeline: the vectors of an edition's chunks, from wherever they can be had, into the vector store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.db.tenancy import Reach
from app.db.writer import Writing
from indexing.editions.chunks import Passage, embedded_before, mark_stored, passages
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.dimensions import agreed
from indexing.pipeline.faults import Point, reached
from indexing.pipeline.metered import MeteredModel
from indexing.pipeline.steps import Steps
from indexing.pipeline.workshop import Workshop
from indexing.stores.vectors import Entry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SLICE = 512  # passages looked at together: sorted by length they make batches that need little padding
MOST_TEXTS, MOST_TOKENS = 64, 32_768  # of one call to a model
Made = Sequence[tuple[Passage, "NDArray[np.float32]"]]


@dataclass(slots=True)
class Embedding:
    """Embeds one edition: what was stored before is not embedded again, nor what an earlier edition said too."""

    workshop: Workshop
    content: Content
    recipe: Recipe
    steps: Steps
    model: MeteredModel
    done: int = 0
    of: int = 0
    at_hand: Sequence[Passage] | None = None  # all of them, where they have just been cut
    first: bool = False  # whether no chunk of the document was ever embedded before
    sealed: bool = True  # whether whoever has it built seals it, and so notes what was put last
    _left: int = field(default=0, init=False)
    _putting: asyncio.Task[None] | None = field(default=None, init=False)

    async def run(self, edition_id: str, *, resumed: bool) -> None:
        """Bring every chunk's vector into the store; while a batch is put there, the model has the next one."""
        self._left = self.of - self.done
        async with self._last_put():
            async for some in self._slices(edition_id):
                left = await self._but_held(some) if resumed else some
                before = await self._embedded_before(left)
                known = [(passage, before[passage.digest]) for passage in left if passage.digest in before]
                if known:
                    await self._put_behind(known)
                for batch in batches([passage for passage in left if passage.digest not in before]):
                    await self._put_behind(await self._embedded(batch))

    async def _slices(self, edition_id: str) -> AsyncIterator[list[Passage]]:
        last = -1
        if self.at_hand is not None:
            yield list(self.at_hand)
            return
        while True:
            async with self.workshop.transactions.open(self._reach, writes=False) as transaction:
                some = await passages(transaction.session, edition_id, after=last, limit=_SLICE)
            if not some:
                return
            last = some[-1].index
            yield some
            if len(some) < _SLICE:
                return

    async def _but_held(self, some: Sequence[Passage]) -> list[Passage]:
        """Leave out what the store holds already: it was put there by who did not live to note it."""
        held = await self.workshop.vectors.vectors(self.recipe.index, [passage.id for passage in some])
        if held:
            self._left -= len(held)
            await self._note([passage.id for passage in some if passage.id in held])
        return [passage for passage in some if passage.id not in held]

    async def _embedded_before(self, some: Sequence[Passage]) -> Mapping[str, NDArray[np.float32]]:
        """By digest, the vectors of chunks of this document that say the same."""
        if self.first and not self.done:
            return {}
        async with self.workshop.transactions.open(self._reach, writes=False) as transaction:
            digests = {passage.digest for passage in some}
            same = await embedded_before(transaction.session, self.content.document_id, digests)
        held = await self.workshop.vectors.vectors(self.recipe.index, list(same.values())) if same else {}
        return {digest: held[chunk_id] for digest, chunk_id in same.items() if chunk_id in held}

    async def _embedded(self, batch: Sequence[Passage]) -> Made:
        place = {passage.digest: None for passage in batch}
        text_of = {passage.digest: passage.text for passage in batch}
        vectors = await self.model.embed([text_of[digest] for digest in place])
        reached(Point.EMBEDDED)
        if vectors.shape[1] != self.recipe.dimensions:
            self.recipe = await agreed(self.workshop.writer, self.recipe, int(vectors.shape[1]))
        by_digest = dict(zip(place, vectors, strict=True))
        return [(passage, by_digest[passage.digest]) for passage in batch]

    async def _put_behind(self, made: Made) -> None:
        await self._put_done()
        self._left -= len(made)
        self._putting = asyncio.create_task(self._put(made, last=self._left <= 0))

    async def _put_done(self) -> None:
        putting, self._putting = self._putting, None
        if putting is not None:
            await putting

    @asynccontextmanager
    async def _last_put(self) -> AsyncIterator[None]:
        try:
            yield
            await self._put_done()
        finally:
            if self._putting is not None:
                self._putting.cancel()
                with suppress(asyncio.CancelledError):
                    await self._putting

    async def _put(self, made: Made, *, last: bool) -> None:
        entries = [
            Entry(passage.id, self.content.document_id, self.recipe.generation, passage.text, vector)
            for passage, vector in made
        ]
        await self.workshop.vectors.put(self.recipe.index, entries)
        reached(Point.STORED)
        if not (last and self.sealed):
            await self._note([passage.id for passage, _ in made])

    async def _note(self, chunk_ids: Sequence[str]) -> None:
        self.done += len(chunk_ids)
        done = self.done

        def note(writing: Writing) -> None:
            self.steps.progress(writing, done, self.of)
            mark_stored(writing.on, chunk_ids)

        await self.workshop.writer.write(note)
        reached(Point.STORED_NOTED)

    @property
    def _reach(self) -> Reach:
        return Reach.one(self.content.tenant_id)


def batches(some: Sequence[Passage]) -> Iterator[list[Passage]]:
    """Passages of like length together, as many as one call may bring."""
    batch: list[Passage] = []
    tokens = 0
    for passage in sorted(some, key=lambda passage: -passage.tokens):
        if batch and (len(batch) == MOST_TEXTS or tokens + passage.tokens > MOST_TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append(passage)
        tokens += passage.tokens
    if batch:
        yield batch
