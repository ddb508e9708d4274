"""Knowing, pipeline: one document from its file to the chunks that answer, however often it has to be begun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import select

from app.db.tenancy import Reach
from app.db.transaction import Transaction
from app.errors import PlatformError
from app.jobs.work import Held, Later, Outcome
from indexing.collections.tables import Collection
from indexing.documents.status import DocumentStatus, Run, RunLost
from indexing.documents.tables import Document
from indexing.editions.building import find_edition
from indexing.extraction.source import Extraction
from indexing.extraction.text import ExtractedText
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.editions import build_edition
from indexing.pipeline.faults import Point, reached
from indexing.pipeline.patience import is_passing, waiting_after
from indexing.pipeline.superseded import remove_superseded
from indexing.pipeline.switching import Ending
from indexing.pipeline.texts import Texts
from indexing.pipeline.workshop import Workshop

Fetch = Callable[[str, Run], Awaitable[None]]  # a tenant and the run: brings the blob of a document that has none


@dataclass(frozen=True, slots=True)
class IngestRun:
    """Ingests. Each stage begins with what is left of it, so that running it again repeats nothing that was paid."""

    workshop: Workshop
    fetch: Fetch | None = None

    async def run(self, held: Held) -> Outcome:
        """Bring a document as far as it goes now; what it says of itself is written under the lease alone."""
        run = Run(held.subject_id, held.lease)
        content = await self._take(run, held)
        if content is not None:
            reached(Point.TAKEN)
            ending = Ending(self.workshop, content, run)
            try:
                await self._index(ending)
            except RunLost:
                return None  # whoever took it over, or nobody, goes on with it
            except PlatformError as error:
                return await self._stopped(ending, error, held.attempt)
        try:
            await remove_superseded(self.workshop, held.tenant_id, held.subject_id)
        except PlatformError as error:
            seconds, waiting = waiting_after(error, held.attempt, self.workshop.transactions.clock.now())
            return Later(seconds, waiting.reason)
        return None

    async def _take(self, run: Run, held: Held) -> Content | None:
        async with self.workshop.transactions.open(Reach.one(held.tenant_id)) as transaction:
            document = await run.take(transaction, held.attempt)
            if document is None:
                return None
            if document.status == DocumentStatus.PENDING:
                await run.enter(transaction, DocumentStatus.PROCESSING)
            return Content.of(document)

    async def _index(self, ending: Ending) -> None:
        while True:
            recipe, is_cut = await self._recipe(ending.content)
            text = None if is_cut else await self._text(ending)
            steps = _Told(ending.run)
            built = await build_edition(self.workshop, ending.content, recipe, steps, text=text)
            if await ending.switch(built):
                return

    async def _recipe(self, content: Content) -> tuple[Recipe, bool]:
        """How to cut and embed, and whether it has been cut so already."""
        async with self.workshop.transactions.open(Reach.one(content.tenant_id), writes=False) as transaction:
            session = transaction.session
            wanted = select(Collection).where(Collection.id == content.collection_id, Collection.deleted_at.is_(None))
            collection = await session.scalar(wanted)
            if collection is None:
                raise RunLost(content.document_id)
            recipe = Recipe.of(collection)
            made = {"generation": recipe.generation, "content_version": content.version}
            edition = await find_edition(session, content.document_id, **made)
            return recipe, edition is not None and edition.chunk_count > 0

    async def _text(self, ending: Ending) -> ExtractedText:
        """The stage of processing, unless it has left its text behind; then the stage of chunking begins."""
        texts = Texts(self.workshop.blobs, self.workshop.extractor)
        extraction = await texts.kept(ending.content) or await self._process(ending, texts)
        async with self.workshop.transactions.open(Reach.one(ending.content.tenant_id)) as transaction:
            learned = {"mime_type": extraction.mime_type, "warnings": list(extraction.warnings)}
            await ending.run.enter(transaction, DocumentStatus.CHUNKING, **learned)
        return extraction.text

    async def _process(self, ending: Ending, texts: Texts) -> Extraction:
        content = ending.content
        async with self.workshop.transactions.open(Reach.one(content.tenant_id)) as transaction:
            await _back_to_processing(transaction, ending.run)
        if content.key is None and self.fetch is not None:
            await self.fetch(content.tenant_id, ending.run)
            content = await self._again(content)
        return await texts.read(content)

    async def _again(self, content: Content) -> Content:
        async with self.workshop.transactions.open(Reach.one(content.tenant_id), writes=False) as transaction:
            return Content.of(await transaction.session.get_one(Document, content.document_id))

    async def _stopped(self, ending: Ending, error: PlatformError, attempt: int) -> Outcome:
        try:
            if not is_passing(error):
                await ending.fail(error)
                return None
            seconds, waiting = waiting_after(error, attempt, self.workshop.transactions.clock.now())
            async with self.workshop.transactions.open(Reach.one(ending.content.tenant_id)) as transaction:
                await ending.run.wait(transaction, waiting)
        except RunLost:
            return None
        return Later(seconds, waiting.reason)


@dataclass(frozen=True, slots=True)
class _Told:
    """The progress of an edition as the progress of its document."""

    run: Run

    async def embedding(self, transaction: Transaction, done: int, of: int) -> None:
        """The document's next stage."""
        await self.run.enter(transaction, DocumentStatus.EMBEDDING, stage_done=done, stage_of=of)

    async def progress(self, transaction: Transaction, done: int, of: int) -> None:
        """The document's, unless another has taken it over."""
        await self.run.progress(transaction, done, of)


async def _back_to_processing(transaction: Transaction, run: Run) -> None:
    await run.start_over(transaction)
    await run.enter(transaction, DocumentStatus.PROCESSING)
