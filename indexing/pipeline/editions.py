"""Knowing, pipeline: an edition built from a content and a recipe, for whoever wants one; it answers when switched."""

from __future__ import annotations

from dataclasses import dataclass

from app.db.tenancy import Reach
from app.db.transaction import Transaction
from indexing.editions.building import find_edition, new_edition, note_ready
from indexing.editions.chunks import stored_count
from indexing.editions.tables import READY, Edition
from indexing.extraction.text import ExtractedText
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.cutting import Cutting
from indexing.pipeline.embedding import Embedding
from indexing.pipeline.faults import Point, reached
from indexing.pipeline.metered import MeteredModel
from indexing.pipeline.steps import Steps
from indexing.pipeline.texts import Texts
from indexing.pipeline.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Built:
    """An edition with all its chunks, each with its vector in the store."""

    edition_id: str
    chunk_count: int
    generation: int

    async def seal(self, transaction: Transaction) -> None:
        """Say so for good; whoever had it built does it in the transaction in which that counts."""
        await note_ready(transaction.session, self.edition_id)


async def build_edition(
    workshop: Workshop, content: Content, recipe: Recipe, steps: Steps, *, text: ExtractedText | None = None
) -> Built:
    """Build the edition of a content in the recipe's generation, beside whatever answers now.

    What is there of it already is kept, so that it can be called again after any failure or sudden end: a half-cut
    edition is cut anew, a half-embedded one embedded to the end. `text` spares looking up the kept one; without
    either the file is read again. Raises what models and stores raise, errors of the file, and what `steps` raise.
    """
    edition = await _find(workshop, content, recipe)
    if edition is not None and edition.state == READY:
        return Built(edition.id, edition.chunk_count, edition.generation)
    model = MeteredModel(workshop, content, recipe)
    resumed = edition is not None and edition.chunk_count > 0
    if edition is None or not resumed:
        edition = edition or await _begin(workshop, content, recipe, steps)
        cutting = Cutting(workshop.transactions, recipe, model, steps)
        count, done = await cutting.cut(edition, text or await _text(workshop, content)), 0
    else:
        count, done = edition.chunk_count, await _go_on(workshop, edition, steps)
    if done < count:
        await workshop.vectors.answers()  # nobody pays for vectors that cannot be kept
        embedding = Embedding(workshop, content, recipe, steps, model, done=done, of=count)
        await embedding.run(edition.id, resumed=resumed)
    reached(Point.BUILT)
    return Built(edition.id, count, edition.generation)


async def _find(workshop: Workshop, content: Content, recipe: Recipe) -> Edition | None:
    async with workshop.transactions.open(Reach.one(content.tenant_id), writes=False) as transaction:
        return await find_edition(
            transaction.session,
            content.document_id,
            generation=recipe.generation,
            content_version=content.version,
        )


async def _begin(workshop: Workshop, content: Content, recipe: Recipe, steps: Steps) -> Edition:
    async with workshop.transactions.open(Reach.one(content.tenant_id)) as transaction:
        await steps.progress(transaction, 0, 0)
        return new_edition(
            transaction,
            content.document_id,
            content.collection_id,
            generation=recipe.generation,
            content_version=content.version,
        )


async def _go_on(workshop: Workshop, edition: Edition, steps: Steps) -> int:
    async with workshop.transactions.open(Reach.one(edition.tenant_id)) as transaction:
        done = await stored_count(transaction.session, edition.id)
        await steps.embedding(transaction, done, edition.chunk_count)
        return done


async def _text(workshop: Workshop, content: Content) -> ExtractedText:
    texts = Texts(workshop.blobs, workshop.extractor)
    return (await texts.kept(content) or await texts.read(content)).text
