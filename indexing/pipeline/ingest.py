"""Knowing, pipeline: one document from its file to the chunks that answer, however often it has to be begun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy import select

from app.db.tenancy import Reach
from app.db.writer import Writing
from app.errors import PlatformError
from app.jobs.work import Failed, Held, Later, Outcome
from indexing.chunking.strategies import Strategy
from indexing.collections.tables import Collection
from indexing.documents.status import DocumentStatus, Run, RunLost
from indexing.documents.tables import Document
from indexing.editions.building import find_edition
from indexing.editions.tables import Edition
from indexing.extraction.text import ExtractedText
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.editions import Begun, Built, go_on_building
from indexing.pipeline.faults import Point, reached
from indexing.pipeline.graphing import build_statements
from indexing.pipeline.patience import is_passing, waiting_after
from indexing.pipeline.superseded import remove_superseded
from indexing.pipeline.switching import Ending
from indexing.pipeline.taking import Taken, take
from indexing.pipeline.texts import Texts
from indexing.pipeline.workshop import Workshop

# Brings the blob of a document that has none, or anew where the job's payload says `fetch`, under its run.
Fetch = Callable[[Held, Run], Awaitable[None]]
_CUT_IN_A_MOMENT = 100_000  # characters


@dataclass(frozen=True, slots=True)
class IngestRun:
    """Ingests. Each stage begins with what is left of it, so that running it again repeats nothing that was paid."""

    workshop: Workshop
    fetch: Fetch | None = None

    async def run(self, held: Held) -> Outcome:
        """Bring a document as far as it goes now; what it says of itself is written under the lease alone."""
        run = Run(held.subject_id, held.lease)
        taken = await self._take(run, held)
        if taken is None:
            return await self._clean(held)
        reached(Point.TAKEN)
        ending = Ending(self.workshop, taken.content, run)
        try:
            await self._index(held, ending, taken)
        except RunLost:
            # Whoever took it over, or nobody, goes on with it; what has been superseded goes, whoever was the last.
            return await self._clean(held)
        except PlatformError as error:
            return await self._stopped(ending, error, held.attempt)
        return None if taken.first else await self._clean(held)

    async def _clean(self, held: Held) -> Outcome:
        try:
            await remove_superseded(self.workshop, held.tenant_id, held.subject_id)
        except PlatformError as error:
            seconds, waiting = waiting_after(error, held.attempt, self.workshop.transactions.clock.now())
            return Later(seconds, waiting.reason)
        return None

    async def give_up(self, held: Held, failed: Failed) -> None:
        """Say of a document what its job ended with, unless it says so of itself."""
        run = Run(held.subject_id, held.lease)
        taken = await self._take(run, held)
        if taken is not None:
            with suppress(RunLost):
                await Ending(self.workshop, taken.content, run).fail(failed.code, failed.message)

    async def _take(self, run: Run, held: Held) -> Taken | None:
        return await self.workshop.writer.write(lambda writing: take(writing, run, held))

    async def _index(self, held: Held, ending: Ending, taken: Taken) -> None:
        early = taken.status in {DocumentStatus.PENDING, DocumentStatus.PROCESSING}
        recipe, edition = taken.recipe, taken.edition
        if self.fetch is not None and (ending.content.key is None or (early and held.payload.get("fetch"))):
            await self.fetch(held, ending.run)
            ending = replace(ending, content=await self._again(ending.content))
            recipe, edition = await self._recipe(ending.content)
        while not await self._build(ending, recipe, Begun(edition, first=taken.first), early=early):
            taken.first, early = False, False
            recipe, edition = await self._recipe(ending.content)

    async def _build(self, ending: Ending, recipe: Recipe, begun: Begun, *, early: bool) -> bool:
        """Build the edition that is to answer, and let it; not if another is wanted by then."""
        told = _Told(ending.run)
        async with self.workshop.room.share(0 if begun.is_cut else ending.content.size_bytes) as share:
            if not begun.is_cut:
                begun.text, begun.share = await self._text(ending, recipe, told, early=early), share
                share.becomes(len(begun.text.text))
            try:
                built = await go_on_building(self.workshop, ending.content, recipe, told, begun)
            except PlatformError:
                await told.catch_up(self.workshop)
                raise
        graphed = None
        if recipe.graph_model:
            _, edition = await self._recipe(ending.content)
            if edition is not None and edition.id == built.edition_id:
                await self.workshop.writer.write(partial(told.read_next, built=built))
                graphed = await build_statements(
                    self.workshop, ending.content, recipe, told, edition, recipe.graph_generation
                )
        return await ending.switch(built, graphed)

    async def _recipe(self, content: Content) -> tuple[Recipe, Edition | None]:
        """How to cut and embed now, and what there is of that already."""
        async with self.workshop.transactions.open(Reach.one(content.tenant_id), writes=False) as transaction:
            session = transaction.session
            wanted = select(Collection).where(Collection.id == content.collection_id, Collection.deleted_at.is_(None))
            collection = await session.scalar(wanted)
            if collection is None:
                raise RunLost(content.document_id)
            made = {"generation": collection.generation, "content_version": content.version}
            return Recipe.of(collection), await find_edition(session, content.document_id, **made)

    async def _text(self, ending: Ending, recipe: Recipe, told: _Told, *, early: bool) -> ExtractedText:
        """The stage of processing, unless it has left its text behind; then the stage of chunking begins."""
        texts, write = Texts(self.workshop.blobs, self.workshop.extractor), self.workshop.writer.write
        extraction = await texts.kept(ending.content)
        if extraction is None:
            if not early:
                await write(ending.run.start_over)
                await write(lambda writing: ending.run.enter(writing, DocumentStatus.PROCESSING))
            extraction = await texts.read(ending.content)
        told.learned = {"mime_type": extraction.mime_type, "warnings": list(extraction.warnings)}
        if len(extraction.text.text) > _CUT_IN_A_MOMENT or recipe.strategy is Strategy.SEMANTIC:
            await told.catch_up(self.workshop)
        return extraction.text

    async def _again(self, content: Content) -> Content:
        async with self.workshop.transactions.open(Reach.one(content.tenant_id), writes=False) as transaction:
            return Content.of(await transaction.session.get_one(Document, content.document_id))

    async def _stopped(self, ending: Ending, error: PlatformError, attempt: int) -> Outcome:
        try:
            if not is_passing(error):
                await ending.fail(error.code, error.message)
                return None
            seconds, waiting = waiting_after(error, attempt, self.workshop.transactions.clock.now())
            await self.workshop.writer.write(lambda writing: ending.run.wait(writing, waiting))
        except RunLost:
            return None
        return Later(seconds, waiting.reason)


@dataclass(slots=True)
class _Told:
    """The progress of an edition as the progress of its document.

    The stage of chunking is over before anybody could see it, if the text is short: then it is never written down.
    """

    run: Run
    learned: Mapping[str, Any] = field(default_factory=dict)  # of a text that is about to be cut
    said: bool = False

    async def catch_up(self, workshop: Workshop) -> None:
        """Write down that the text is being cut, unless that is written or over."""
        if self.learned and not self.said:
            self.said = True
            entering = partial(self.run.enter, to=DocumentStatus.CHUNKING, **self.learned)
            await workshop.writer.write(entering)

    def embedding(self, writing: Writing, done: int, of: int) -> None:
        """The document's next stage."""
        self.run.enter(writing, DocumentStatus.EMBEDDING, stage_done=done, stage_of=of, **self.learned)
        self.said = True

    def reading(self, writing: Writing, done: int, of: int) -> None:
        """The document's last stage."""
        self.run.enter(writing, DocumentStatus.GRAPH_EXTRACTING, stage_done=done, stage_of=of)

    def read_next(self, writing: Writing, built: Built) -> None:
        """Note that all vectors are stored before a stage that may wait for days: nobody looks at them again."""
        self.reading(writing, 0, built.chunk_count)
        built.seal(writing)

    def progress(self, writing: Writing, done: int, of: int) -> None:
        """The document's, unless another has taken it over."""
        self.run.progress(writing, done, of)
