"""Knowing, pipeline: one document from its file to the chunks that answer, however often it has to be begun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.db.tenancy import Reach
from app.db.transaction import Transaction
from app.errors import PlatformError
from app.jobs.work import Failed, Held, Later, Outcome
from indexing.collections.tables import Collection
from indexing.documents.status import DocumentStatus, Run, RunLost
from indexing.documents.tables import Document
from indexing.editions.building import find_edition
from indexing.extraction.text import ExtractedText
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.editions import build_edition
from indexing.pipeline.faults import Point, reached
from indexing.pipeline.patience import is_passing, waiting_after
from indexing.pipeline.superseded import remove_superseded
from indexing.pipeline.switching import Ending
from indexing.pipeline.texts import Texts
from indexing.pipeline.workshop import Workshop

# Brings the blob of a document that has none, or anew where the job's payload says `fetch`, under its run.
Fetch = Callable[[Held, Run], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class IngestRun:
    """Ingests. Each stage begins with what is left of it, so that running it again repeats nothing that was paid."""

    workshop: Workshop
    fetch: Fetch | None = None

    async def run(self, held: Held) -> Outcome:
        """Bring a document as far as it goes now; what it says of itself is written under the lease alone."""
        run = Run(held.subject_id, held.lease)
        taken = await self._take(run, held)
        if taken is not None:
            reached(Point.TAKEN)
            ending = Ending(self.workshop, Content.of(taken), run)
            try:
                await self._index(held, ending, DocumentStatus(taken.status))
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

    async def give_up(self, held: Held, failed: Failed) -> None:
        """Say of a document what its job ended with, unless it says so of itself."""
        run = Run(held.subject_id, held.lease)
        taken = await self._take(run, held)
        if taken is not None:
            with suppress(RunLost):
                await Ending(self.workshop, Content.of(taken), run).fail(failed.code, failed.message)

    async def _take(self, run: Run, held: Held) -> Document | None:
        async with self.workshop.transactions.open(Reach.one(held.tenant_id)) as transaction:
            document = await run.take(transaction, held.attempt)
            if document is not None and document.status == DocumentStatus.PENDING:
                await run.enter(transaction, DocumentStatus.PROCESSING)
            return document

    async def _index(self, held: Held, ending: Ending, status: DocumentStatus) -> None:
        early = status in {DocumentStatus.PENDING, DocumentStatus.PROCESSING}
        if self.fetch is not None and (ending.content.key is None or (early and held.payload.get("fetch"))):
            await self.fetch(held, ending.run)
            ending = replace(ending, content=await self._again(ending.content))
        while True:
            recipe, is_cut = await self._recipe(ending.content)
            text = None if is_cut else await self._text(ending, early=early)
            built = await build_edition(self.workshop, ending.content, recipe, _Told(ending.run), text=text)
            if await ending.switch(built):
                return
            early = False

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

    async def _text(self, ending: Ending, *, early: bool) -> ExtractedText:
        """The stage of processing, unless it has left its text behind; then the stage of chunking begins."""
        texts, reach = Texts(self.workshop.blobs, self.workshop.extractor), Reach.one(ending.content.tenant_id)
        extraction = await texts.kept(ending.content)
        if extraction is None:
            if not early:
                async with self.workshop.transactions.open(reach) as transaction:
                    await ending.run.start_over(transaction)
                    await ending.run.enter(transaction, DocumentStatus.PROCESSING)
            extraction = await texts.read(ending.content)
        async with self.workshop.transactions.open(reach) as transaction:
            learned = {"mime_type": extraction.mime_type, "warnings": list(extraction.warnings)}
            await ending.run.enter(transaction, DocumentStatus.CHUNKING, **learned)
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
