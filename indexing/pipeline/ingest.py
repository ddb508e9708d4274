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
from indexing.editions.tables import Edition
from indexing.extraction.text import ExtractedText
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.editions import Begun, go_on_building
from indexing.pipeline.faults import Point, reached
from indexing.pipeline.patience import is_passing, waiting_after
from indexing.pipeline.superseded import remove_superseded
from indexing.pipeline.switching import Ending
from indexing.pipeline.texts import Texts
from indexing.pipeline.workshop import Workshop

# Brings the blob of a document that has none, or anew where the job's payload says `fetch`, under its run.
Fetch = Callable[[Held, Run], Awaitable[None]]


@dataclass(slots=True)
class _Taken:
    """A document as it was taken over, and how it is to be cut; `first` if nothing of it can have been made before."""

    content: Content
    status: DocumentStatus
    recipe: Recipe
    edition: Edition | None
    first: bool


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
            ending = Ending(self.workshop, taken.content, run)
            try:
                await self._index(held, ending, taken)
            except RunLost:
                return None  # whoever took it over, or nobody, goes on with it
            except PlatformError as error:
                return await self._stopped(ending, error, held.attempt)
        if taken is None or not taken.first:
            return await self._clean(held)
        return None

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

    async def _take(self, run: Run, held: Held) -> _Taken | None:
        async with self.workshop.transactions.open(Reach.one(held.tenant_id)) as transaction:
            document = await run.take(transaction, held.attempt)
            if document is None:
                return None
            status = DocumentStatus(document.status)
            if status is DocumentStatus.PENDING:
                await run.enter(transaction, DocumentStatus.PROCESSING)
            content = Content.of(document)
            wanted = select(Collection).where(Collection.id == content.collection_id, Collection.deleted_at.is_(None))
            collection = await transaction.session.scalar(wanted)
            if collection is None:
                return None
            first = held.attempt == 1 and content.version <= 1 and document.edition_id is None
            made = {"generation": collection.generation, "content_version": content.version}
            edition = await find_edition(transaction.session, content.document_id, **made)
            return _Taken(content, status, Recipe.of(collection), edition, first=first and edition is None)

    async def _index(self, held: Held, ending: Ending, taken: _Taken) -> None:
        early = taken.status in {DocumentStatus.PENDING, DocumentStatus.PROCESSING}
        recipe, edition = taken.recipe, taken.edition
        if self.fetch is not None and (ending.content.key is None or (early and held.payload.get("fetch"))):
            await self.fetch(held, ending.run)
            ending = replace(ending, content=await self._again(ending.content))
            recipe, edition = await self._recipe(ending.content)
        while True:
            is_cut = edition is not None and edition.chunk_count > 0
            text = None if is_cut else await self._text(ending, early=early)
            begun = Begun(edition, text, first=taken.first)
            built = await go_on_building(self.workshop, ending.content, recipe, _Told(ending.run), begun)
            if await ending.switch(built):
                return
            taken.first, early = False, False
            recipe, edition = await self._recipe(ending.content)

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
